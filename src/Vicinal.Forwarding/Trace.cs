namespace Vicinal.Forwarding;

/// <summary>The pipeline's stages, declared once; dumps, tests, docs and screens use these names.</summary>
public enum Stage : byte
{
    Receive,
    PortSecurity,
    Services,
    EgressFilter,
    Switch,
    Router,
    Nat,
    ProviderSwitch,
    Neighbor,
    Mtu,
    IngressFilter,
    Tunnel,
    Output,
}

/// <summary>How a walk ends.</summary>
public enum Disposition : byte
{
    /// <summary>Out of a local port.</summary>
    Delivered,

    /// <summary>Into a tunnel towards another node.</summary>
    Tunnelled,

    /// <summary>Out of a provider NIC.</summary>
    Transmitted,

    /// <summary>To several outputs.</summary>
    Flooded,

    /// <summary>The node answered it itself (ARP, ND, ICMP, ...).</summary>
    Answered,

    /// <summary>To the node's own sockets, which answer for metadata and names.</summary>
    Served,

    /// <summary>Held while a neighbour is resolved, or while fragments are missing.</summary>
    Held,

    /// <summary>Left to the node's own stack.</summary>
    Host,

    Dropped,
}
