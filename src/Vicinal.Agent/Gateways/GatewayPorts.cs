namespace Vicinal.Agent.Gateways;

/// <summary>UDP ports at the tunnels' ends, for who serves which gateway.</summary>
internal static class GatewayPorts
{
    /// <summary>BFD over a single hop (RFC 5881 section 4).</summary>
    public const ushort Bfd = 3784;

    /// <summary>BFD over several hops (RFC 5883 section 5).</summary>
    public const ushort BfdMultihop = 4784;

    /// <summary>Leases, takeovers, claims.</summary>
    public const ushort Control = 6083;

    /// <summary>Connections on their way to standbys: apart from the others, so that many of them make no lease wait in a queue.</summary>
    public const ushort Replication = 6084;
}
