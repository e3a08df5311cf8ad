using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class SecurityGroupRulesTests
{
    private readonly L3Cloud _cloud = new();
    private readonly SecurityGroup _web;

    public SecurityGroupRulesTests() => _web = SecurityGroups.Create(_cloud.Edit, "p1", new SecurityGroupRequest { Name = "web" });

    [Theory]
    [InlineData("tcp", "tcp", 6)]
    [InlineData("TCP", "tcp", 6)]
    [InlineData("6", "6", 6)]
    [InlineData("255", "255", 255)]
    [InlineData("vrrp", "vrrp", 112)]
    [InlineData("any", null, null)]
    [InlineData(null, null, null)]
    public void Protocols_are_named_or_numbered(string? given, string? shown, int? number)
    {
        SecurityGroupRule rule = Create(Ingress() with { Protocol = given });
        rule.Protocol.ShouldBe(shown);
        rule.ProtocolNumber.ShouldBe((byte?)number);
    }

    [Theory]
    [InlineData("icmp", "ipv6-icmp")]
    [InlineData("icmpv6", "ipv6-icmp")]
    [InlineData("1", "58")]
    [InlineData("58", "58")]
    public void For_ipv6_icmp_means_icmpv6(string given, string shown)
    {
        SecurityGroupRule rule = Create(Ingress() with { Protocol = given, EtherType = "ipv6" });
        rule.Protocol.ShouldBe(shown);
        rule.ProtocolNumber.ShouldBe(SecurityGroupProtocols.Ipv6Icmp);
        rule.EtherType.ShouldBe("IPv6");
    }

    [Theory]
    [InlineData("xyz")]
    [InlineData("300")]
    [InlineData("-1")]
    public void Other_protocols_are_refused(string protocol)
    {
        NeutronFault fault = Should.Throw<NeutronFault>(() => Create(Ingress() with { Protocol = protocol }));
        (fault.Status, fault.Type).ShouldBe((400, "SecurityGroupRuleInvalidProtocol"));
        fault.Message.ShouldStartWith($"Security group rule protocol {protocol} not supported. "
            + "Only protocol values [None, 'ah', 'dccp', 'egp', 'esp', 'gre', 'hopopt', 'icmp', 'icmpv6', ");
    }

    [Theory]
    [InlineData("tcp", 1, 65535)]
    [InlineData("icmp", 1, 65535)]
    [InlineData("esp", 1, 65535)]
    [InlineData(null, 1, 65535)]
    public void The_whole_range_is_kept_as_none(string? protocol, int min, int max)
    {
        SecurityGroupRule rule = Create(Ingress() with { Protocol = protocol, PortRangeMin = min, PortRangeMax = max });
        (rule.PortRangeMin, rule.PortRangeMax).ShouldBe((null, null));
    }

    [Theory]
    [InlineData("tcp", 80, 79, "SecurityGroupInvalidPortRange", "For TCP/UDP protocols, port_range_min must be <= port_range_max")]
    [InlineData("udp", 80, null, "SecurityGroupInvalidPortRange", "For TCP/UDP protocols, port_range_min must be <= port_range_max")]
    [InlineData("132", null, 80, "SecurityGroupInvalidPortRange", "For TCP/UDP protocols, port_range_min must be <= port_range_max")]
    [InlineData("udplite", 0, 80, "SecurityGroupInvalidPortValue", "Invalid value for port 0")]
    [InlineData("tcp", 70000, 70000, "SecurityGroupInvalidPortValue", "Invalid value for port 70000")]
    [InlineData(null, 80, 80, "SecurityGroupProtocolRequiredWithPorts", "Must also specify protocol if port range is given.")]
    [InlineData("icmp", 256, null, "SecurityGroupInvalidIcmpValue", "Invalid value for ICMP type (port_range_min) 256. It must be 0 to 255.")]
    [InlineData("icmp", 3, 256, "SecurityGroupInvalidIcmpValue", "Invalid value for ICMP code (port_range_max) 256. It must be 0 to 255.")]
    [InlineData("icmp", null, 3, "SecurityGroupMissingIcmpType", "ICMP code (port-range-max) 3 is provided but ICMP type (port-range-min) is missing.")]
    [InlineData("gre", 1, 2, "SecurityGroupInvalidProtocolForPort", "Ports cannot be specified for protocol 47. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.")]
    public void Ranges_fit_their_protocol(string? protocol, int? min, int? max, string type, string message) =>
        Refuse(Ingress() with { Protocol = protocol, PortRangeMin = min, PortRangeMax = max }, 400, type, message);

    [Fact]
    public void Icmp_type_and_code_0_are_values() =>
        Create(Ingress() with { Protocol = "icmp", PortRangeMin = 0, PortRangeMax = 0 }).PortRangeMin.ShouldBe(0);

    [Theory]
    [InlineData("10.0.0.5/24", "10.0.0.5/24", "10.0.0.0/24")]
    [InlineData("10.0.0.5", "10.0.0.5/32", "10.0.0.5/32")]
    public void A_prefix_is_shown_as_given_and_means_its_network(string given, string shown, string normalized)
    {
        SecurityGroupRule rule = Create(Ingress() with { RemoteIpPrefix = given });
        rule.RemoteIpPrefix.ShouldBe(shown);
        rule.RemotePrefix.ToString().ShouldBe(normalized);
    }

    [Fact]
    public void Families_agree()
    {
        Refuse(Ingress() with { RemoteIpPrefix = "2001:db8::/64" }, 400, "SecurityGroupRuleParameterConflict",
            "Conflicting value ethertype IPv4 for CIDR 2001:db8::/64");
        Refuse(Ingress() with { Protocol = "ipv6-icmp" }, 400, "SecurityGroupEthertypeConflictWithProtocol",
            "Invalid ethertype IPv4 for protocol ipv6-icmp.");
        Refuse(Ingress() with { Protocol = "43" }, 400, "SecurityGroupEthertypeConflictWithProtocol", "Invalid ethertype IPv4 for protocol 43.");
    }

    [Fact]
    public void Malformed_values_are_named()
    {
        Refuse(Ingress() with { RemoteIpPrefix = "10.0.0.300/8" }, 400, "InvalidCIDR", "Invalid CIDR 10.0.0.300/8 given as IP prefix.");
        Refuse(Ingress() with { EtherType = "IPv9" }, 400, "SecurityGroupRuleInvalidEtherType",
            "Security group rule for ethertype 'IPv9' not supported. Allowed values are ['IPv4', 'IPv6'].");
        Refuse(Ingress() with { Direction = "sideways" }, 400, "HTTPBadRequest",
            "Invalid input for direction. Reason: sideways is not in valid_values.");
        Refuse(Ingress() with { RemoteIpPrefix = "10.0.0.0/8", RemoteGroupId = _web.Id.ToString() }, 400, "SecurityGroupMultipleRemoteEntites",
            "Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.");
    }

    [Fact]
    public void Groups_exist_and_are_ones_own()
    {
        Guid unknown = _cloud.NewId();
        SecurityGroup foreign = SecurityGroups.EnsureDefault(_cloud.Edit, "p2");
        foreach (Guid id in new[] { unknown, foreign.Id })
        {
            Refuse(Ingress() with { SecurityGroupId = id.ToString() }, 404, "SecurityGroupNotFound", $"Security group {id} does not exist");
            Refuse(Ingress() with { RemoteGroupId = id.ToString() }, 404, "SecurityGroupNotFound", $"Security group {id} does not exist");
        }

        SecurityGroupRules.Create(_cloud.Edit, Ingress() with { RemoteGroupId = foreign.Id.ToString() }, L3Cloud.Admin)
            .RemoteGroupId.ShouldBe(foreign.Id);
    }

    [Fact]
    public void The_same_rule_in_other_words_is_a_duplicate()
    {
        SecurityGroupRule first = Create(Ingress() with { Protocol = "tcp", PortRangeMin = 80, PortRangeMax = 80 });
        Refuse(Ingress() with { Protocol = "6", PortRangeMin = 80, PortRangeMax = 80, Description = "again" }, 409, "SecurityGroupRuleExists",
            $"Security group rule already exists. Rule id is {first.Id}.");
        SecurityGroupRule all = Create(Ingress());
        Refuse(Ingress() with { RemoteIpPrefix = "0.0.0.0/0" }, 409, "SecurityGroupRuleExists",
            $"Security group rule already exists. Rule id is {all.Id}.");
    }

    [Fact]
    public void A_bulk_is_of_one_group_and_one_project_without_doubles()
    {
        SecurityGroup db = SecurityGroups.Create(_cloud.Edit, "p1", new SecurityGroupRequest { Name = "db" });
        RefuseAll([Ingress(), Ingress() with { SecurityGroupId = db.Id.ToString() }], 400, "SecurityGroupNotSingleGroupRules",
            "Only allowed to update rules for one security profile at a time");
        RefuseAll([Ingress(), Ingress() with { ProjectId = "p2" }], 400, "SecurityGroupRulesNotSingleTenant",
            "Multiple tenant_ids in bulk security group rule create not allowed");
        RefuseAll([Ingress(), Ingress()], 409, "DuplicateSecurityGroupRuleInPost", "Duplicate Security Group Rule in POST.");
        _cloud.Now.RulesBySecurityGroup[_web.Id].Count.ShouldBe(2);
        SecurityGroupRules.CreateAll(_cloud.Edit, [Ingress() with { Protocol = "tcp" }, Ingress() with { Protocol = "udp" }], L3Cloud.User)
            .Select(r => r.ProtocolNumber).ShouldBe([(byte)6, (byte)17]);
    }

    [Fact]
    public void The_group_s_revision_rises_with_its_rules()
    {
        long revision = _cloud.Now.SecurityGroups[_web.Id].RevisionNumber;
        SecurityGroupRule rule = Create(Ingress());
        _cloud.Now.SecurityGroups[_web.Id].RevisionNumber.ShouldBe(revision + 1);
        SecurityGroupRules.Delete(_cloud.Edit, rule.Id);
        _cloud.Now.SecurityGroups[_web.Id].RevisionNumber.ShouldBe(revision + 2);
    }

    private SecurityGroupRuleRequest Ingress() =>
        new() { SecurityGroupId = _web.Id.ToString(), Direction = "ingress", ProjectId = "p1" };

    private SecurityGroupRule Create(SecurityGroupRuleRequest request) => SecurityGroupRules.Create(_cloud.Edit, request, L3Cloud.User);

    private void Refuse(SecurityGroupRuleRequest request, int status, string type, string message) => RefuseAll([request], status, type, message);

    private void RefuseAll(SecurityGroupRuleRequest[] requests, int status, string type, string message)
    {
        Action act = () => SecurityGroupRules.CreateAll(_cloud.Edit, requests, L3Cloud.User);
        act.ShouldBeRefused(status, type, message);
    }
}
