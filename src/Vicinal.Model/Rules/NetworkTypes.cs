namespace Vicinal.Model.Rules;

/// <summary>provider:network_type and what follows from it.</summary>
public static class NetworkTypes
{
    public const string Geneve = "geneve";
    public const string Vxlan = "vxlan";
    public const string Gre = "gre";
    public const string Vlan = "vlan";
    public const string Flat = "flat";

    public const int FirstVlan = 1;
    public const int LastVlan = 4094;

    public static bool IsTunnelled(string type) => type is Geneve or Vxlan or Gre;

    public static bool IsKnown(string type) => IsTunnelled(type) || type is Vlan or Flat;

    /// <summary>
    /// Bytes that the encapsulation adds to a layer-3 packet over an IPv4 underlay: outer IPv4, UDP and tunnel header, inner
    /// Ethernet. Geneve's carries one option of 8 bytes (RFC 8926 section 3.5).
    /// </summary>
    public static int Overhead(string type) => type switch
    {
        Geneve => 58,
        Vxlan => 50,
        Gre => 42,
        _ => 0,
    };
}
