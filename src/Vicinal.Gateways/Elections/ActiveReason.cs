namespace Vicinal.Gateways.Elections;

/// <summary>Why another node serves a router now: for logs, and for who reads them.</summary>
public enum ActiveReason : byte
{
    /// <summary>The rows say so: one possible node, or no elections.</summary>
    Scheduled = 0,

    /// <summary>Nobody served.</summary>
    Vacant = 1,

    /// <summary>The one that served is down, or let its lease run out.</summary>
    Failed = 2,

    /// <summary>The one that served handed over.</summary>
    HandedOver = 3,

    /// <summary>A witness, or another node's newer epoch, ended it.</summary>
    Revoked = 4,

    /// <summary>Another node says that it serves.</summary>
    Claimed = 5,

    /// <summary>The router has no gateway nodes any more.</summary>
    Unscheduled = 6,
}
