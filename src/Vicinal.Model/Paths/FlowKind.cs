namespace Vicinal.Model.Paths;

/// <summary>A kind of conversation of an instance, by what it asks of the network.</summary>
public enum FlowKind
{
    /// <summary>With an instance of its own network: no router has a part in it.</summary>
    SameNetwork,

    /// <summary>With an instance on another network of its router, by IPv4 or IPv6.</summary>
    EastWest,

    /// <summary>With its router's own address on its network.</summary>
    RouterAddress,

    /// <summary>With the outside by its floating IP, whoever began.</summary>
    FloatingIp,

    /// <summary>With the outside by IPv4, behind the router's address.</summary>
    SourceNat,

    /// <summary>With the outside by IPv6, which is not translated.</summary>
    Ipv6NorthSouth,
}
