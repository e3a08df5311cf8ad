namespace Vicinal.Model.Rules;

/// <summary>Neutron's refusals about security groups and their rules, word for word.</summary>
public static class SecurityGroupFaults
{
    public static NeutronFault NotFound(string id) => new(404, "SecurityGroupNotFound", $"Security group {id} does not exist");

    public static NeutronFault RuleNotFound(string id) => new(404, "SecurityGroupRuleNotFound", $"Security group rule {id} does not exist");

    public static NeutronFault InUse(Guid id) => new(409, "SecurityGroupInUse", $"Security Group {id} in use.");

    public static NeutronFault DefaultAlreadyExists() =>
        new(409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.");

    public static NeutronFault CannotRemoveDefault() =>
        new(409, "SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group.");

    public static NeutronFault CannotUpdateDefault() =>
        new(409, "SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.");

    public static NeutronFault RuleExists(Guid id) =>
        new(409, "SecurityGroupRuleExists", $"Security group rule already exists. Rule id is {id}.");

    public static NeutronFault DuplicateInPost() =>
        new(409, "DuplicateSecurityGroupRuleInPost", "Duplicate Security Group Rule in POST.");

    public static NeutronFault NotSingleGroup() =>
        new(400, "SecurityGroupNotSingleGroupRules", "Only allowed to update rules for one security profile at a time");

    public static NeutronFault NotSingleProject() =>
        new(400, "SecurityGroupRulesNotSingleTenant", "Multiple tenant_ids in bulk security group rule create not allowed");

    public static NeutronFault InvalidProtocol(string protocol) => new(400, "SecurityGroupRuleInvalidProtocol",
        $"Security group rule protocol {protocol} not supported. Only protocol values {SecurityGroupProtocols.SupportedText} "
        + "and integer representations [0 to 255] are supported.");

    public static NeutronFault InvalidEtherType(string etherType) => new(400, "SecurityGroupRuleInvalidEtherType",
        $"Security group rule for ethertype '{etherType}' not supported. Allowed values are ['IPv4', 'IPv6'].");

    public static NeutronFault InvalidPort(string port) => new(400, "SecurityGroupInvalidPortValue", $"Invalid value for port {port}");

    public static NeutronFault InvalidPortRange() =>
        new(400, "SecurityGroupInvalidPortRange", "For TCP/UDP protocols, port_range_min must be <= port_range_max");

    public static NeutronFault ProtocolRequired() =>
        new(400, "SecurityGroupProtocolRequiredWithPorts", "Must also specify protocol if port range is given.");

    public static NeutronFault PortsWithoutMeaning(byte protocol) => new(400, "SecurityGroupInvalidProtocolForPort",
        $"Ports cannot be specified for protocol {protocol}. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.");

    public static NeutronFault InvalidIcmp(string field, string attribute, int value) => new(400, "SecurityGroupInvalidIcmpValue",
        $"Invalid value for ICMP {field} ({attribute}) {value}. It must be 0 to 255.");

    public static NeutronFault MissingIcmpType(int code) => new(400, "SecurityGroupMissingIcmpType",
        $"ICMP code (port-range-max) {code} is provided but ICMP type (port-range-min) is missing.");

    public static NeutronFault PrefixConflict(string etherType, string prefix) =>
        new(400, "SecurityGroupRuleParameterConflict", $"Conflicting value ethertype {etherType} for CIDR {prefix}");

    public static NeutronFault ProtocolConflict(string etherType, string protocol) => new(400,
        "SecurityGroupEthertypeConflictWithProtocol", $"Invalid ethertype {etherType} for protocol {protocol}.");

    /// <summary>The type's spelling is Neutron's own.</summary>
    public static NeutronFault SeveralRemotes() => new(400, "SecurityGroupMultipleRemoteEntites",
        "Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.");

    public static NeutronFault AddressGroupNotFound(string id) =>
        new(404, "AddressGroupNotFound", $"Address group {id} could not be found.");

    public static NeutronFault InvalidPrefix(string prefix) => new(400, "InvalidCIDR", $"Invalid CIDR {prefix} given as IP prefix.");

    public static NeutronFault InvalidDirection(string direction) =>
        NeutronFault.BadRequest($"Invalid input for direction. Reason: {direction} is not in valid_values.");
}
