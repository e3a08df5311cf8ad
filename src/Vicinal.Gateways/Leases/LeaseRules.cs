namespace Vicinal.Gateways.Leases;

/// <summary>The rules on which it rests that no two nodes serve one router. Tests break one at a time and expect the simulation to notice.</summary>
internal sealed record LeaseRules
{
    public static LeaseRules Sound { get; } = new();

    /// <summary>A witness that has just started grants nothing that it may have promised to another before.</summary>
    public bool WaitsAfterStart { get; init; } = true;

    /// <summary>The holder's lease runs from when it sent a renewal, not from when it heard the answer.</summary>
    public bool CountsFromSending { get; init; } = true;

    /// <summary>A renewal is confirmed only to who knows everything that was taken from it.</summary>
    public bool RevokesBeforeRenewing { get; init; } = true;

    /// <summary>A newer schedule waits for the older one's holder to stop, or for its lease to end.</summary>
    public bool WaitsForOlderSchedule { get; init; } = true;

    /// <summary>Only witnesses that granted a router, in the session that they confirm, count for it.</summary>
    public bool CountsOnlyWhoGranted { get; init; } = true;

    /// <summary>A grant that was on its way while something was taken away does not count.</summary>
    public bool AsksAgainAfterRevocation { get; init; } = true;

    /// <summary>Nobody is told that a router is free before the data path has stopped serving it, nor does the lease grow on that.</summary>
    public bool StopsBeforeTelling { get; init; } = true;

    /// <summary>Taken from the number that is needed.</summary>
    public int MajorityLacks { get; init; }

    public int MajorityOf(int witnesses) => (witnesses / 2) + 1 - MajorityLacks;
}
