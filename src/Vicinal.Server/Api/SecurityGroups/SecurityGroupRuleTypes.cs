using System.Globalization;
using Vicinal.Model;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Bodies;
using static Vicinal.Server.Api.Attributes.Normalised;

namespace Vicinal.Server.Api.SecurityGroups;

/// <summary>The value types of a rule's attributes. Neutron refuses each in words of its own.</summary>
internal static class SecurityGroupRuleTypes
{
    /// <summary>string?: a known name in lower case or a number's digits; null and "any" mean all.</summary>
    public static AttributeType Protocol { get; } = new("protocol", raw => raw switch
    {
        null => Of(null),
        string text => ByRule(() => SecurityGroupProtocols.Canonical(text)),
        long number => ByRule(() => SecurityGroupProtocols.Canonical(number.ToString(CultureInfo.InvariantCulture))),
        _ => Refuse(SecurityGroupFaults.InvalidProtocol(PythonText.Str(raw))),
    });

    /// <summary>IPv4 or IPv6, in whatever case it came.</summary>
    public static AttributeType EtherType { get; } = new("one of IPv4, IPv6", raw => raw is string text
        ? ByRule(() => SecurityGroupRules.EtherType(text))
        : Refuse(SecurityGroupFaults.InvalidEtherType(PythonText.Str(raw))));

    /// <summary>int?, 0 to 65535.</summary>
    public static AttributeType PortValue { get; } = new("port value", raw => raw switch
    {
        null => Of(null),
        long and >= 0 and <= 65535 => Of((int)(long)raw),
        string text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= 65535 => Of(port),
        _ => Refuse(SecurityGroupFaults.InvalidPort(PythonText.Str(raw))),
    });

    /// <summary>string?: an address or a prefix, its length added when it is not there.</summary>
    public static AttributeType Prefix { get; } = new("ip prefix", raw => raw switch
    {
        null or "" => Of(null),
        string text => ByRule(() => SecurityGroupRules.ShownPrefix(text)),
        _ => Refuse(SecurityGroupFaults.InvalidPrefix(PythonText.Str(raw))),
    });

    /// <summary>Always null: there are no address groups here.</summary>
    public static AttributeType AddressGroup { get; } = new("address group or null", raw =>
        raw is null ? Of(null) : Refuse(SecurityGroupFaults.AddressGroupNotFound(PythonText.Str(raw))));

    private static Normalised ByRule(Func<string?> rule)
    {
        try
        {
            return Of(rule());
        }
        catch (NeutronFault fault)
        {
            return Refuse(fault);
        }
    }
}
