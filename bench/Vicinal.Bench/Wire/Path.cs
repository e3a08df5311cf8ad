namespace Vicinal.Bench.Wire;

/// <summary>What happens to the packets of a path; the rows of different variants with the same treatment can be compared.</summary>
internal enum Treatment
{
    /// <summary>Nothing: one veth pair, no node.</summary>
    Floor,

    /// <summary>Two nodes, one network: switched and tunnelled.</summary>
    Switched,

    /// <summary>Two nodes, two networks: routed on the first, tunnelled.</summary>
    Routed,

    /// <summary>As <see cref="Routed"/>, to a guest behind a tap with vnet_hdr whose other side is a process, as a virtual machine's.</summary>
    RoutedToVm,

    /// <summary>One node: routed and out of its external NIC, not translated.</summary>
    Plain,

    /// <summary>As <see cref="Plain"/>, with a floating IP: translated one to one.</summary>
    FloatingIp,

    /// <summary>Two nodes: routed on the first, tunnelled, and out of the second's external NIC with translated address and port.</summary>
    SourceNat,
}

/// <summary>A way from one namespace to an address in another.</summary>
/// <param name="Variant">Who carries the packets, as the table names it.</param>
/// <param name="Address">The address to send to, which is one of the receiver's own.</param>
internal sealed record Path(string Variant, Treatment Treatment, string From, string To, string Address)
{
    /// <summary>Processes that decide about new connections, one a node; their CPU time is told beside the rate.</summary>
    public IReadOnlyList<AgentUnderTest> Agents { get; init; } = [];

    public string What => Treatment switch
    {
        Treatment.Floor => Variant,
        Treatment.Switched => $"{Variant}, same network",
        Treatment.Routed => $"{Variant}, routed",
        Treatment.RoutedToVm => $"{Variant}, routed, to a VM-like tap",
        Treatment.Plain => $"{Variant}, out of the NIC, no NAT",
        Treatment.FloatingIp => $"{Variant}, out of the NIC, floating IP",
        _ => $"{Variant}, SNAT on the second node",
    };
}
