using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>
/// Refusals of networks, subnets and ports as Neutron 21 words them. Each row's body stands for itself; NET, SUB, PORT and
/// GROUP in it are a network with a subnet 10.50.0.0/24, a port with 10.50.0.10 there, and the project's default group.
/// </summary>
public sealed class FaultTableTests(FaultTableTests.Cloud cloud) : IClassFixture<FaultTableTests.Cloud>
{
    private const string NoSuchId = "6b2b4a30-0000-4000-8000-000000000000";

    [Theory]
    [InlineData("'provider:network_type': 'ipoac'", 400, "InvalidInput", "Invalid input for operation: network_type value 'ipoac' not supported.")]
    [InlineData("'provider:network_type': 'vlan', 'provider:physical_network': 'nope', 'provider:segmentation_id': 7", 400, "InvalidInput", "Invalid input for operation: physical_network 'nope' unknown for VLAN provider network.")]
    [InlineData("'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1', 'provider:segmentation_id': 5000", 400, "InvalidInput", "Invalid input for operation: segmentation_id out of range (1 through 4094).")]
    [InlineData("'provider:network_type': 'vlan', 'provider:segmentation_id': 5", 400, "InvalidInput", "Invalid input for operation: segmentation_id requires physical_network for VLAN provider network.")]
    [InlineData("'provider:network_type': 'flat'", 400, "InvalidInput", "Invalid input for operation: physical_network required for flat provider network.")]
    [InlineData("'provider:network_type': 'flat', 'provider:physical_network': 'physnet1', 'provider:segmentation_id': 5", 400, "InvalidInput", "Invalid input for operation: segmentation_id prohibited for flat provider network.")]
    [InlineData("'provider:network_type': 'vxlan', 'provider:physical_network': 'physnet1'", 400, "InvalidInput", "Invalid input for operation: provider:physical_network specified for vxlan network.")]
    [InlineData("'provider:segmentation_id': 5", 400, "InvalidInput", "Invalid input for operation: network_type required.")]
    [InlineData("'provider:network_type': 'vxlan', 'provider:segmentation_id': 7777", 409, "TunnelIdInUse", "Unable to create the network. The tunnel ID 7777 is in use.")]
    [InlineData("'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1', 'provider:segmentation_id': 77", 409, "VlanIdInUse", "Unable to create the network. The VLAN 77 on physical network physnet1 is in use.")]
    [InlineData("'provider:network_type': 'flat', 'provider:physical_network': 'physnet1'", 409, "FlatNetworkInUse", "Unable to create the flat network. Physical network physnet1 is in use.")]
    [InlineData("'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1'", 503, "NoNetworkAvailable", "Unable to create the network. No tenant network is available for allocation.")]
    [InlineData("'provider:network_type': 'vxlan', 'mtu': 1451", 400, "InvalidInput", "Invalid input for operation: Requested MTU is too big, maximum is 1450.")]
    [InlineData("'mtu': 1443", 400, "InvalidInput", "Invalid input for operation: Requested MTU is too big, maximum is 1442.")]
    public Task Networks_are_refused_in_neutrons_words(string attributes, int status, string type, string message) =>
        RefuseAsync("network", attributes, status, type, message);

    [Theory]
    [InlineData("'cidr': '10.50.0.128/25'", 400, "InvalidInput", "Invalid input for operation: Requested subnet with cidr: 10.50.0.128/25 for network: NET overlaps with another subnet.")]
    [InlineData("'cidr': '10.50.300.0/24'", 400, "InvalidInput", "Invalid input for operation: 10.50.300.0/24 is not in a CIDR format.")]
    [InlineData("'cidr': '0.0.0.0/0'", 400, "InvalidInput", "Invalid input for operation: 0 is not allowed as CIDR prefix length.")]
    [InlineData("'ip_version': 5", 400, "HTTPBadRequest", "Invalid input for ip_version. Reason: 5 is not in valid_values.")]
    [InlineData("'cidr': '2001:db8::/64'", 400, "InvalidInput", "Invalid input for operation: cidr '2001:db8::/64' does not match the ip_version '4'.")]
    [InlineData("'cidr': '10.73.0.0/24', 'allocation_pools': [{'start': '10.74.0.2', 'end': '10.74.0.9'}]", 400, "OutOfBoundsAllocationPool", "The allocation pool 10.74.0.2-10.74.0.9 spans beyond the subnet cidr 10.73.0.0/24.")]
    [InlineData("'cidr': '10.73.0.0/24', 'allocation_pools': [{'start': '10.73.0.2', 'end': '10.73.0.9'}, {'start': '10.73.0.5', 'end': '10.73.0.12'}]", 409, "OverlappingAllocationPools", "Found overlapping allocation pools: 10.73.0.2-10.73.0.9 10.73.0.5-10.73.0.12 for subnet 10.73.0.0/24.")]
    [InlineData("'cidr': '10.73.0.0/24', 'gateway_ip': '10.73.0.5', 'allocation_pools': [{'start': '10.73.0.2', 'end': '10.73.0.9'}]", 409, "GatewayConflictWithAllocationPools", "Gateway ip 10.73.0.5 conflicts with allocation pool 10.73.0.2-10.73.0.9.")]
    [InlineData("'cidr': '10.73.0.0/24', 'allocation_pools': [{'start': '10.73.0.9', 'end': '10.73.0.2'}]", 400, "InvalidAllocationPool", "The allocation pool 10.73.0.9-10.73.0.2 is not valid.")]
    [InlineData("'cidr': '10.73.0.0/24', 'allocation_pools': [{'start': '10.73.0.9'}]", 400, "HTTPBadRequest", "Invalid input for allocation_pools. Reason: Invalid data format for IP pool: '{'start': '10.73.0.9'}'.")]
    [InlineData("'cidr': null", 400, "BadRequest", "Bad subnets request: a subnetpool must be specified in the absence of a cidr.")]
    [InlineData("", 400, "BadRequest", "Bad subnets request: a subnetpool must be specified in the absence of a cidr.")]
    [InlineData("'cidr': '10.73.0.1/32'", 400, "InvalidInput", "Invalid input for operation: Subnet has a prefix length that is incompatible with DHCP service enabled.")]
    [InlineData("'cidr': '239.0.0.0/24'", 400, "InvalidInput", "Invalid input for operation: Multicast IP subnet is not supported if enable_dhcp is True.")]
    [InlineData("'cidr': '10.73.0.0/24', 'gateway_ip': '10.73.0.255'", 400, "InvalidInput", "Invalid input for operation: Gateway is not valid on subnet.")]
    [InlineData("'cidr': '10.73.0.0/24', 'gateway_ip': 'fd00::1'", 400, "InvalidInput", "Invalid input for operation: gateway_ip 'fd00::1' does not match the ip_version '4'.")]
    [InlineData("'cidr': '10.73.0.0/24', 'ipv6_ra_mode': 'slaac'", 400, "InvalidInput", "Invalid input for operation: ipv6_ra_mode is not valid when ip_version is 4.")]
    [InlineData("'ip_version': 6, 'cidr': '2001:db8:1::/80', 'ipv6_ra_mode': 'slaac', 'ipv6_address_mode': 'slaac'", 400, "InvalidInput", "Invalid input for operation: Invalid CIDR 2001:db8:1::/80 for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64.")]
    [InlineData("'ip_version': 6, 'cidr': '2001:db8:1::/64', 'ipv6_ra_mode': 'slaac', 'ipv6_address_mode': 'dhcpv6-stateful'", 400, "InvalidInput", "Invalid input for operation: ipv6_ra_mode set to 'slaac' with ipv6_address_mode set to 'dhcpv6-stateful' is not valid. If both attributes are set, they must be the same value.")]
    [InlineData("'ip_version': 6, 'cidr': '2001:db8:1::/64', 'ipv6_ra_mode': 'slaac', 'enable_dhcp': false", 400, "InvalidInput", "Invalid input for operation: ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False.")]
    [InlineData("'cidr': '10.73.0.0/24', 'dns_nameservers': ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4', '1.1.1.5', '1.1.1.6']", 400, "DNSNameServersExhausted", "Unable to complete operation for new subnet. The number of DNS nameservers exceeds the limit 5.")]
    [InlineData("'cidr': '10.73.0.0/24', 'dns_nameservers': ['8.8.8.8', '8.8.8.8']", 400, "HTTPBadRequest", "Invalid input for dns_nameservers. Reason: Duplicate nameserver '8.8.8.8'.")]
    [InlineData("'cidr': '10.73.0.0/24', 'host_routes': [{'destination': 'x', 'nexthop': '10.73.0.9'}]", 400, "HTTPBadRequest", "Invalid input for host_routes. Reason: 'x' is not a valid CIDR.")]
    [InlineData("'cidr': '10.73.0.0/24', 'host_routes': [{'destination': 'fd00::/64', 'nexthop': '10.73.0.9'}]", 400, "InvalidInput", "Invalid input for operation: destination 'fd00::/64' does not match the ip_version '4'.")]
    [InlineData("'network_id': 'abc'", 400, "HTTPBadRequest", "Invalid input for network_id. Reason: 'abc' is not a valid UUID.")]
    [InlineData("'network_id': '" + NoSuchId + "', 'cidr': '10.73.0.0/24'", 404, "NetworkNotFound", "Network " + NoSuchId + " could not be found.")]
    [InlineData("'cidr': '10.73.0.0/24', 'service_types': ['nonsense']", 400, "HTTPBadRequest", "Invalid input for service_types. Reason: Invalid service type: nonsense.")]
    public Task Subnets_are_refused_in_neutrons_words(string attributes, int status, string type, string message) =>
        RefuseAsync("subnet", attributes, status, type, message);

    [Theory]
    [InlineData("'fixed_ips': [{'ip_address': '10.50.0.10'}]", 409, "IpAddressAlreadyAllocated", "IP address 10.50.0.10 already allocated in subnet SUB")]
    [InlineData("'fixed_ips': [{'ip_address': '10.50.0.20', 'subnet_id': 'SUB'}, {'ip_address': '10.50.0.20', 'subnet_id': 'SUB'}]", 400, "HTTPBadRequest", "Invalid input for fixed_ips. Reason: Duplicate IP address '10.50.0.20'.")]
    [InlineData("'fixed_ips': [{'ip_address': '10.99.0.10', 'subnet_id': 'SUB'}]", 400, "InvalidIpForSubnet", "IP address 10.99.0.10 is not a valid IP for the specified subnet.")]
    [InlineData("'fixed_ips': [{'ip_address': '10.50.0.255', 'subnet_id': 'SUB'}]", 400, "InvalidIpForSubnet", "IP address 10.50.0.255 is not a valid IP for the specified subnet.")]
    [InlineData("'fixed_ips': [{'ip_address': '10.99.0.10'}]", 400, "InvalidIpForNetwork", "IP address 10.99.0.10 is not a valid IP for any of the subnets on the specified network.")]
    [InlineData("'fixed_ips': [{'subnet_id': 'OTHERSUB'}]", 400, "InvalidInput", "Invalid input for operation: Failed to create port on network NET, because fixed_ips included invalid subnet OTHERSUB.")]
    [InlineData("'fixed_ips': [{'subnet_id': '" + NoSuchId + "'}]", 404, "SubnetNotFound", "Subnet " + NoSuchId + " could not be found.")]
    [InlineData("'fixed_ips': [{}]", 400, "InvalidInput", "Invalid input for operation: IP allocation requires subnet_id or ip_address.")]
    [InlineData("'fixed_ips': [7]", 400, "HTTPBadRequest", "Invalid input for fixed_ips. Reason: Invalid data format for fixed IP: '7'.")]
    [InlineData("'network_id': '" + NoSuchId + "'", 404, "NetworkNotFound", "Network " + NoSuchId + " could not be found.")]
    [InlineData("'mac_address': 'fa:16:3e:00:00:99'", 409, "MacAddressInUse", "Unable to complete operation for network NET. The mac address fa:16:3e:00:00:99 is in use.")]
    [InlineData("'mac_address': 'zz:zz'", 400, "HTTPBadRequest", "Invalid input for mac_address. Reason: 'zz:zz' is not a valid MAC address.")]
    [InlineData("'security_groups': ['" + NoSuchId + "']", 404, "SecurityGroupNotFound", "Security group " + NoSuchId + " does not exist")]
    [InlineData("'security_groups': ['GROUP'], 'port_security_enabled': false", 400, "PortSecurityAndIPRequiredForSecurityGroups", "Port security must be enabled and port must have an IP address in order to use security groups.")]
    [InlineData("'allowed_address_pairs': [{'ip_address': '10.50.0.99'}], 'port_security_enabled': false", 409, "AddressPairAndPortSecurityRequired", "Port Security must be enabled in order to have allowed address pairs on a port.")]
    [InlineData("'extra_dhcp_opts': [{'opt_name': 'bootfile-name', 'opt_value': 'x\\ny'}]", 400, "InvalidInput", "Invalid input for operation: extra_dhcp_opts, bootfile-name of IPv4: 'x\ny' is not what this option says: up to 255 printable ASCII characters on one line.")]
    [InlineData("'extra_dhcp_opts': [{'opt_name': 'no-such', 'opt_value': '1'}]", 400, "InvalidInput", "Invalid input for operation: extra_dhcp_opts, no-such of IPv4: no option of that name is known; its number will do.")]
    [InlineData("'extra_dhcp_opts': [{'opt_name': 'mtu', 'opt_value': '1400', 'ip_version': 5}]", 400, "HTTPBadRequest", "Invalid input for extra_dhcp_opts. Reason: '{'opt_name': 'mtu', 'opt_value': '1400', 'ip_version': 5}' has no opt_name, or an ip_version that is neither 4 nor 6.")]
    [InlineData("'allowed_address_pairs': [{'mac_address': 'fa:16:3e:00:00:01'}]", 400, "AllowedAddressPairsMissingIP", "AllowedAddressPair must contain ip_address")]
    [InlineData("'allowed_address_pairs': [{'ip_address': '10.50.0.99'}, {'ip_address': '10.50.0.99'}]", 400, "DuplicateAddressPairInRequest", "Request contains duplicate address pair: mac_address None ip_address 10.50.0.99.")]
    [InlineData("'allowed_address_pairs': [{'ip_address': '10.50.0.999'}]", 400, "HTTPBadRequest", "Invalid input for allowed_address_pairs. Reason: '10.50.0.999' is neither a valid IP address, nor is it a valid IP subnet.")]
    [InlineData("'binding:vnic_type': 'wrong'", 400, "HTTPBadRequest", "Invalid input for binding:vnic_type. Reason: wrong is not in valid_values.")]
    [InlineData("'binding:profile': []", 400, "HTTPBadRequest", "Invalid input for binding:profile. Reason: '[]' is not a dictionary.")]
    [InlineData("'network_id': 'SMALLNET'", 409, "IpAddressGenerationFailure", "No more IP addresses available on network SMALLNET.")]
    [InlineData("'network_id': 'SLAACNET', 'fixed_ips': [{'ip_address': '2001:db8:5::9'}]", 400, "AllocationOnAutoAddressSubnet", "IPv6 address 2001:db8:5::9 cannot be directly assigned to a port on subnet SLAACSUB as the subnet is configured for automatic addresses")]
    public Task Ports_are_refused_in_neutrons_words(string attributes, int status, string type, string message) =>
        RefuseAsync("port", attributes, status, type, message);

    [Fact]
    public async Task The_eleventh_address_pair_is_one_too_many()
    {
        string pairs = string.Join(", ", Enumerable.Range(1, 11).Select(i => $$"""{'ip_address': '10.60.0.{{i}}'}"""));
        await RefuseAsync("port", $"'allowed_address_pairs': [{pairs}]", 400, "AllowedAddressPairExhausted",
            "The number of allowed address pair exceeds the maximum 10.");
    }

    [Fact]
    public async Task What_is_in_use_is_not_deleted()
    {
        (await cloud.DeleteAsync(cloud.Fill("/v2.0/networks/NET"))).ShouldRefuse(409, "NetworkInUse", cloud.Fill(
            "Unable to complete operation on network NET. There are one or more ports still in use on the network, id for these ports is: PORT."));
        (await cloud.DeleteAsync(cloud.Fill("/v2.0/subnets/SUB"))).ShouldRefuse(409, "SubnetInUse", cloud.Fill(
            "Unable to complete operation on subnet SUB: One or more ports have an IP allocation from this subnet."));
    }

    [Fact]
    public async Task Port_security_is_not_switched_off_over_groups()
    {
        (await cloud.PutAsync(cloud.Fill("/v2.0/ports/PORT"), """{"port": {"port_security_enabled": false}}""")).ShouldRefuse(
            409, "PortSecurityPortHasSecurityGroup",
            "Port has security group associated. Cannot disable port security or IP address until security group is removed.");
        (await cloud.PutAsync(cloud.Fill("/v2.0/ports/PORT"), """{"port": {"network_id": "x"}}"""))
            .ShouldRefuse(400, "HTTPBadRequest", "Cannot update read-only attribute network_id");
    }

    [Theory]
    [InlineData("network:router_interface_distributed")]
    [InlineData("network:router_gateway")]
    [InlineData("network:floatingip")]
    public async Task Nobody_claims_a_routers_device_owner(string owner)
    {
        ApiAnswer created = await cloud.PostAsync("/v2.0/ports", cloud.Fill($$$"""{"port": {"network_id": "NET", "device_owner": "{{{owner}}}"}}"""));
        created.Status.ShouldBe(409);
        created.Type.ShouldBe("UnsupportedPortDeviceOwner");
        (await cloud.PutAsync(cloud.Fill("/v2.0/ports/PORT"), $$$"""{"port": {"device_owner": "{{{owner}}}"}}""")).Status.ShouldBe(409);
    }

    private async Task RefuseAsync(string singular, string attributes, int status, string type, string message)
    {
        Dictionary<string, JsonNode?> body = singular switch
        {
            "subnet" => new() { ["network_id"] = cloud.Fill("NET"), ["ip_version"] = 4 },
            "port" => new() { ["network_id"] = cloud.Fill("NET") },
            _ => [],
        };
        foreach ((string name, JsonNode? value) in JsonNode.Parse($"{{{cloud.Fill(attributes).Replace('\'', '"')}}}")!.AsObject())
        {
            body[name] = value?.DeepClone();
        }

        string json = new JsonObject([new(singular, new JsonObject(body))]).ToJsonString();
        int before = cloud.Writer.Current.Ports.Count;
        (await cloud.PostAsync($"/v2.0/{singular}s", json)).ShouldRefuse(status, type, cloud.Fill(message));
        cloud.Writer.Current.Ports.Count.ShouldBe(before);
    }

    /// <summary>The objects that the rows speak of.</summary>
    public sealed class Cloud : ApiCloud
    {
        private readonly List<(string Word, string Id)> _words = [];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            await AddAsync("NET", "network", "{}");
            await AddAsync("SUB", "subnet", """{"network_id": "NET", "ip_version": 4, "cidr": "10.50.0.0/24"}""");
            await AddAsync("PORT", "port", """{"network_id": "NET", "mac_address": "fa:16:3e:00:00:99", "fixed_ips": [{"ip_address": "10.50.0.10"}]}""");
            _words.Add(("GROUP", Writer.Current.SecurityGroups.Keys.Single().ToString()));
            await AddAsync("OTHERNET", "network", """{"provider:network_type": "vxlan", "provider:segmentation_id": 7777}""");
            await AddAsync("OTHERSUB", "subnet", """{"network_id": "OTHERNET", "ip_version": 4, "cidr": "10.51.0.0/24"}""");
            await AddAsync("VLANNET", "network",
                """{"provider:network_type": "vlan", "provider:physical_network": "physnet1", "provider:segmentation_id": 77}""");
            await AddAsync("FLATNET", "network", """{"provider:network_type": "flat", "provider:physical_network": "physnet1"}""");
            await AddAsync("SMALLNET", "network", "{}");
            await AddAsync("SMALLSUB", "subnet", """{"network_id": "SMALLNET", "ip_version": 4, "cidr": "10.52.0.0/30"}""");
            await AddAsync("SMALLPORT", "port", """{"network_id": "SMALLNET"}""");
            await AddAsync("SLAACNET", "network", "{}");
            await AddAsync("SLAACSUB", "subnet",
                """{"network_id": "SLAACNET", "ip_version": 6, "cidr": "2001:db8:5::/64", "ipv6_address_mode": "slaac", "ipv6_ra_mode": "slaac"}""");
        }

        /// <summary>Longer words first, since NET is a part of OTHERNET.</summary>
        public string Fill(string text)
        {
            foreach ((string word, string id) in _words.OrderByDescending(w => w.Word.Length))
            {
                text = text.Replace(word, id);
            }

            return text;
        }

        private async Task AddAsync(string word, string singular, string json) =>
            _words.Add((word, (await CreateAsync(singular, Fill(json)))["id"]!.GetValue<string>()));
    }
}
