using Vicinal.Gateways.Bfd;

namespace Vicinal.Gateways.Elections;

/// <summary>Who serves a router from now on.</summary>
/// <param name="Host">Null: nobody that this node knows of.</param>
/// <param name="Here">This node does, while its lease holds.</param>
/// <param name="Number">Counts the changes; <see cref="GatewayElection.Applied"/> wants it back when the data path goes by it.</param>
public readonly record struct ActiveChange(Guid RouterId, string? Host, Epoch Epoch, bool Here, ActiveReason Reason, ulong Number);

/// <summary>The router's connections go to the standby from now on, from a full set on, or no longer.</summary>
public readonly record struct ReplicationChange(Guid RouterId, string Standby, bool Replicates);

/// <summary>The router is about to be handed over: answer with <see cref="GatewayElection.ConnectionsFlushed"/> when the standby has what it was sent.</summary>
public readonly record struct FlushRequest(Guid RouterId, string Standby);

/// <summary>BFD's view of another node changed.</summary>
public readonly record struct PeerChange(string Host, BfdState State, BfdDiagnostic Diagnostic);

/// <summary>
/// What an input to the election brings about. The caller supplies it, carries it out and clears it; its memory is used again, so that
/// renewals and BFD allocate nothing once it has grown.
/// </summary>
public sealed class GatewayEffects
{
    private readonly List<OutgoingMessage> _messages = [];

    public int MessageCount { get; private set; }

    public List<ActiveChange> Actives { get; } = [];

    public List<ReplicationChange> Replications { get; } = [];

    public List<FlushRequest> Flushes { get; } = [];

    public List<PeerChange> Peers { get; } = [];

    /// <summary>The two below moved.</summary>
    public bool LeaseMoved { get; private set; }

    /// <summary>Until when routers with a short lease may be served here, in nanoseconds of the monotonic clock.</summary>
    public long ShortUntil { get; private set; }

    /// <summary>The same for those with a long lease.</summary>
    public long LongUntil { get; private set; }

    public OutgoingMessage Message(int index) => index < MessageCount ? _messages[index] : throw new ArgumentOutOfRangeException(nameof(index));

    public void Clear()
    {
        MessageCount = 0;
        Actives.Clear();
        Replications.Clear();
        Flushes.Clear();
        Peers.Clear();
        LeaseMoved = false;
    }

    internal OutgoingMessage Add(int host, bool bfd)
    {
        if (MessageCount == _messages.Count)
        {
            _messages.Add(new OutgoingMessage());
        }

        OutgoingMessage message = _messages[MessageCount++];
        message.Reset(host, bfd);
        return message;
    }

    internal void MoveLease(long shortUntil, long longUntil)
    {
        LeaseMoved = true;
        ShortUntil = shortUntil;
        LongUntil = longUntil;
    }
}
