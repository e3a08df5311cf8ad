namespace Vicinal.Gateways.Leases;

/// <summary>One witness as a holder sees it.</summary>
internal sealed class WitnessSeat(int host)
{
    public int Host { get; } = host;

    /// <summary>Under which the witness knows this node; 0: not met yet. Grants are bound to it.</summary>
    public ulong Session { get; set; }

    /// <summary>The newest revocation of the session that was carried out here.</summary>
    public uint Carried { get; set; }

    /// <summary>The change with which the data path carries it out, too.</summary>
    public ulong CarriedBy { get; set; }

    /// <summary>The newest that the data path has carried out: what the witness may be told.</summary>
    public uint Heeded { get; set; }

    /// <summary>When the newest renewal that it confirmed was sent, by this node's clock.</summary>
    public long Confirmed { get; set; } = NodeLease.Never;

    /// <summary>
    /// The same of a session that is over, for short and long leases: the witness forgot what it granted, and keeps its promise by waiting
    /// after its start.
    /// </summary>
    public long[] Past { get; } = [NodeLease.Never, NodeLease.Never];

    /// <summary>Routers that are served here and that this witness has not granted, for short and long leases.</summary>
    public int[] Missing { get; } = new int[2];
}
