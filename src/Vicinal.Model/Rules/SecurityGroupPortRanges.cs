namespace Vicinal.Model.Rules;

/// <summary>port_range_min and port_range_max: ports for the protocols that have them, type and code for the ICMPs.</summary>
internal static class SecurityGroupPortRanges
{
    /// <summary>The range as it is kept: 1 to 65535 means "all" and becomes none, whatever the protocol.</summary>
    public static (int? Min, int? Max) Canonical(byte? protocol, int? min, int? max)
    {
        RefuseNonPort(min);
        RefuseNonPort(max);
        if ((min is null && max is null) || (min == 1 && max == 65535))
        {
            return (null, null);
        }

        switch (protocol)
        {
            case null:
                throw SecurityGroupFaults.ProtocolRequired();
            case { } number when SecurityGroupProtocols.HasPorts(number):
                CheckPorts(min, max);
                break;
            case SecurityGroupProtocols.Icmp or SecurityGroupProtocols.Ipv6Icmp:
                CheckIcmp(min, max);
                break;
            case { } number:
                throw SecurityGroupFaults.PortsWithoutMeaning(number);
        }

        return (min, max);
    }

    private static void RefuseNonPort(int? value)
    {
        if (value is < 0 or > 65535)
        {
            throw SecurityGroupFaults.InvalidPort($"{value}");
        }
    }

    private static void CheckPorts(int? min, int? max)
    {
        if (min == 0 || max == 0)
        {
            throw SecurityGroupFaults.InvalidPort("0");
        }

        if (min is null || max is null || min > max)
        {
            throw SecurityGroupFaults.InvalidPortRange();
        }
    }

    private static void CheckIcmp(int? type, int? code)
    {
        if (type is > 255)
        {
            throw SecurityGroupFaults.InvalidIcmp("type", "port_range_min", type.Value);
        }

        if (code is > 255)
        {
            throw SecurityGroupFaults.InvalidIcmp("code", "port_range_max", code.Value);
        }

        if (type is null && code is not null)
        {
            throw SecurityGroupFaults.MissingIcmpType(code.Value);
        }
    }
}
