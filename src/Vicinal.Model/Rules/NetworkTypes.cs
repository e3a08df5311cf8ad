namespace Vicinal.Model.Rules;

/// <summary>provider:network_type and what follows from it.</summary>
public static class NetworkTypes
{
    public const string Geneve = "geneve";
    public const string Vxlan = "vxlan";
    public const string Gre = "gre";
    public const string Vlan = "vlan";
    public const string Flat = "flat";

    public const int FirstKey = 1;

    public const int FirstVlan = 1;
    public const int LastVlan = 4094;

    public static bool IsTunnelled(string type) => type is Geneve or Vxlan or Gre;

    public static bool IsKnown(string type) => IsTunnelled(type) || type is Vlan or Flat;

    /// <summary>
    /// The highest key of a tunnel type. The headers of Geneve and VXLAN have 24 bits; GRE's has 32, of which Neutron's API and database
    /// carry 31.
    /// </summary>
    public static int LastKey(string type) => type == Gre ? int.MaxValue : 0xFF_FFFF;

    /// <summary>
    /// Bytes between the outer IP header and a layer-3 packet: UDP and tunnel header, or GRE's with its key, and the inner Ethernet header. Geneve's
    /// carries one option of 8 bytes (RFC 8926 section 3.5).
    /// </summary>
    public static int Overhead(string type) => type switch
    {
        Geneve => 38,
        Vxlan => 30,
        Gre => 22,
        _ => 0,
    };
}
