using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Vicinal.Model.Json;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Json;

public sealed class ResourceJsonTests
{
    private static readonly DateTimeOffset s_time = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    public static TheoryData<Resource> Full =>
    [
        Filled(new Network
        {
            Id = Id(1),
            NetworkType = "vlan",
            AdminStateUp = false,
            Shared = true,
            External = true,
            IsDefault = true,
            PortSecurityEnabled = false,
            Mtu = 1442,
            PhysicalNetwork = "physnet1",
            SegmentationId = 100,
            DnsDomain = "example.org.",
        }),
        Filled(new Subnet
        {
            Id = Id(1),
            NetworkId = Id(2),
            Cidr = IpPrefix.Parse("2001:db8::/64"),
            GatewayIp = IpAddress.Parse("2001:db8::1"),
            EnableDhcp = false,
            AllocationPools = [new AllocationPool(IpAddress.Parse("2001:db8::2"), IpAddress.Parse("2001:db8::ff"))],
            HostRoutes = [new HostRoute(IpPrefix.Parse("::/0"), IpAddress.Parse("2001:db8::9"))],
            DnsNameservers = [IpAddress.Parse("192.0.2.53"), IpAddress.Parse("2001:db8::53")],
            Ipv6AddressMode = "slaac",
            Ipv6RaMode = "slaac",
            ServiceTypes = ["network:floatingip"],
        }),
        Filled(new Port
        {
            Id = Id(1),
            NetworkId = Id(2),
            MacAddress = MacAddress.Parse("fa:16:3e:00:00:01"),
            FixedIps = [new FixedIp(Id(3), IpAddress.Parse("10.0.0.5"))],
            AdminStateUp = false,
            DeviceId = "vm",
            DeviceOwner = "compute:nova",
            Status = PortStatus.Active,
            PortSecurityEnabled = false,
            SecurityGroups = [Id(4), Id(5)],
            AllowedAddressPairs = [new AddressPair(IpPrefix.Parse("10.0.0.0/25"), MacAddress.Parse("fa:16:3e:00:00:02"))],
            BindingHostId = "c1",
            BindingVnicType = "direct",
            BindingVifType = "ovs",
            BindingProfile = """{"a": ["ü", "\""]}""",
            DnsName = "vm",
            ExtraDhcpOptions = [new ExtraDhcpOption("mtu", "1400", 4)],
            PortKey = 7,
        }),
        Filled(new Router
        {
            Id = Id(1),
            AdminStateUp = false,
            Distributed = false,
            Ha = true,
            Gateway = new GatewayInfo(Id(2), Id(3), EnableSnat: true),
            Routes = [new HostRoute(IpPrefix.Parse("0.0.0.0/0"), IpAddress.Parse("10.0.0.9"))],
            GatewayBindings = [new GatewayBinding("g1", 2), new GatewayBinding("g2", 1)],
            GatewayCount = 2,
            Migration = new MigrationState(new RouterKind(false, true), new RouterKind(true, false), MigrationPhase.Switched),
            AvailabilityZoneHints = ["az1"],
            TransitVni = 77,
            Schedule = 4,
        }),
        Filled(new FloatingIp
        {
            Id = Id(1),
            FloatingNetworkId = Id(2),
            FloatingIpAddress = IpAddress.Parse("203.0.113.5"),
            FloatingPortId = Id(3),
            PortId = Id(4),
            FixedIpAddress = IpAddress.Parse("10.0.0.5"),
            RouterId = Id(5),
            Status = PortStatus.Active,
            DnsName = "n",
            DnsDomain = "d.",
        }),
        Filled(new SecurityGroup { Id = Id(1), Stateful = false, Shared = true }),
        Filled(new SecurityGroupRule
        {
            Id = Id(1),
            SecurityGroupId = Id(2),
            Direction = "ingress",
            EtherType = "IPv6",
            Protocol = "tcp",
            ProtocolNumber = 6,
            PortRangeMin = 1,
            PortRangeMax = 2,
            RemoteIpPrefix = "::/0",
            RemotePrefix = IpPrefix.Parse("::/0"),
            RemoteGroupId = Id(3),
        }),
        Filled(new Agent
        {
            Id = Id(1),
            Host = "c1",
            TunnelAddress = IpAddress.Parse("192.0.2.1"),
            Mode = "dvr_snat",
            BridgeMappings = [new BridgeMapping("physnet1", "eth1")],
            TunnelTypes = ["gre"],
            AdminStateUp = false,
            AvailabilityZone = "az1",
            Unreachable = true,
            StartedAt = s_time,
        }),
        Filled(new GatewayPolicy
        {
            Id = Id(1),
            Witnesses = ["g1", "g2", "c1"],
            FormerWitnesses = ["g1", "g2"],
            Version = 5,
            IntervalMilliseconds = 20,
            Multiplier = 5,
            LeaseMilliseconds = 150,
            HoldSeconds = 60,
            Preempt = false,
            AutomaticFailover = true,
        }),
    ];

    [Theory]
    [MemberData(nameof(Full))]
    public void Every_property_survives(Resource resource)
    {
        // A property that a later change adds must be set above, or its round trip would prove nothing.
        Resource read = ResourceJson.Read(ResourceJson.KindOf(resource), Write(resource));
        read.ShouldBe(resource);
        Resource bare = ResourceJson.Read(ResourceJson.KindOf(resource), Required(resource));
        foreach (PropertyInfo property in resource.GetType().GetProperties().Where(p => p.CanWrite))
        {
            Equals(property.GetValue(resource), property.GetValue(bare)).ShouldBe(
                IsRequired(property), $"{property.Name} has its default in the example");
        }
    }

    [Theory]
    [MemberData(nameof(Full))]
    public void A_body_of_an_older_program_has_the_records_own_defaults(Resource resource)
    {
        Resource bare = ResourceJson.Read(ResourceJson.KindOf(resource), Required(resource));
        object fresh = Activator.CreateInstance(resource.GetType())!;
        foreach (PropertyInfo property in resource.GetType().GetProperties().Where(p => p.CanWrite && !IsRequired(p)))
        {
            property.GetValue(bare).ShouldBe(property.GetValue(fresh), property.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Full))]
    public void Members_of_a_newer_program_are_passed_over(Resource resource)
    {
        string body = Encoding.UTF8.GetString(Write(resource));
        string newer = body[..^1] + ",\"later\":{\"x\":[1,{\"y\":null}]}}";
        ResourceJson.Read(ResourceJson.KindOf(resource), Encoding.UTF8.GetBytes(newer)).ShouldBe(resource);
    }

    [Theory]
    [InlineData("port", "{}")]
    [InlineData("port", "[]")]
    [InlineData("port", "null")]
    [InlineData("port", "")]
    [InlineData("ghost", "{}")]
    [InlineData("agent", """{"id":"00000001-0000-0000-0000-000000000000","host":"c1","tunnelAddress":"10.0.0.300"}""")]
    [InlineData("agent", """{"id":"00000001-0000-0000-0000-000000000000","host":"c1","tunnelAddress":7}""")]
    [InlineData("agent", """{"id":"00000001-0000-0000-0000-000000000000","host":"c1","bridgeMappings":{}}""")]
    public void A_body_that_is_none_of_its_kind_is_refused(string kind, string body) =>
        Should.Throw<JsonException>(() => ResourceJson.Read(kind, Encoding.UTF8.GetBytes(body)));

    private static Guid Id(int n) => new(n, 0, 0, new byte[8]);

    private static T Filled<T>(T resource)
        where T : Resource => resource with
        {
            ProjectId = "p",
            Name = "näme \"quoted\"",
            Description = "line\nbreak",
            RevisionNumber = 3,
            CreatedAt = s_time,
            UpdatedAt = s_time.AddSeconds(1),
            Tags = ["a", "b"],
        };

    private static byte[] Write(Resource resource)
    {
        ArrayBufferWriter<byte> buffer = new();
        ResourceJson.Write(resource, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static bool IsRequired(PropertyInfo property) =>
        property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null;

    /// <summary>The resource's JSON with nothing but the members that its record requires.</summary>
    private static byte[] Required(Resource resource)
    {
        HashSet<string> required = [.. resource.GetType().GetProperties().Where(IsRequired).Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name))];
        using JsonDocument document = JsonDocument.Parse(Write(resource));
        return Encoding.UTF8.GetBytes(
            "{" + string.Join(',', document.RootElement.EnumerateObject().Where(m => required.Contains(m.Name)).Select(m => m.ToString())) + "}");
    }
}
