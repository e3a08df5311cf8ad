using Vicinal.Forwarding;

namespace Vicinal.Gateways.Leases;

/// <summary>What a witness knows of one router: the newest epoch, and who may serve it.</summary>
internal sealed class WitnessGrant
{
    /// <summary>The newest that was granted or released here. Only a newer one changes hands.</summary>
    public Epoch Epoch { get; set; }

    /// <summary>The newest that anybody asked under.</summary>
    public uint Schedule { get; set; }

    /// <summary>What the next to ask has to be newer than.</summary>
    public Epoch Newest => Epoch.Schedule >= Schedule ? Epoch : new Epoch(Schedule, 0);

    /// <summary>Null: nobody; it was released.</summary>
    public HolderSession? Holder { get; set; }

    public GatewayLease Lease { get; set; }

    /// <summary>Set while a newer schedule waits: the holder's lease for this router, which renewals no longer lengthen.</summary>
    public long? EndsAt { get; set; }

    /// <summary>Who is to have it next, up to <see cref="ReservedUntil"/>; -1: whoever asks.</summary>
    public int Successor { get; set; } = -1;

    public long ReservedUntil { get; set; }

    public bool IsReservedFromOthersThan(int host, long now) => Successor >= 0 && Successor != host && now < ReservedUntil;

    public long LastChange { get; set; }
}
