using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.State;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// One packet's way through the stages: what it is, where it has got to, and what came of it. A walk reads the node's state and changes
/// none of it; its effects are committed by the node, or only shown by a trace. Kept and reused, so that walking allocates nothing.
/// </summary>
internal sealed partial class Walk(WalkContext context)
{
    /// <summary>A path through more routers than this is a loop that somebody built.</summary>
    public const int MaxRouters = 8;

    public NodeState State => Context.State;

    public ConnectionTracker Connections => Context.Connections;

    public WalkContext Context { get; } = context;

    public PacketSource Source { get; private set; }

    /// <summary>The packet as it came, a tunnel header already off. Nobody writes to it during the walk.</summary>
    public PacketBuffer Packet { get; private set; } = null!;

    public long Now { get; private set; }

    /// <summary>The headers as they came. Of a later fragment, with the ports of its first one.</summary>
    public PacketHeaders In;

    /// <summary>The headers as the stages so far have left them; the difference to <see cref="In"/> becomes the flow's action.</summary>
    public PacketHeaders H;

    /// <summary>The local port that it came from.</summary>
    public LocalPort? InPort { get; set; }

    /// <summary>The segment it is on.</summary>
    public Segment? Segment { get; set; }

    public ReadOnlySpan<byte> Frame => Packet.Span;

    /// <summary>The port key that a tunnel carries as the ingress hint.</summary>
    public ushort IngressPortKey => InPort?.Row is { } row ? (ushort)(row.PortKey & 0x7FFF) : (ushort)0;

    /// <summary>The router that has the packet, and how it came to it: by an interface, or by an owner on its external side.</summary>
    public Router? Router { get; set; }

    /// <summary>The first router of all, which knows the way back to the sender.</summary>
    public Router? EntryRouter { get; private set; }

    public RouterInterface? RouterIngress { get; set; }

    public ProviderOwner? RouterIngressOwner { get; set; }

    public int RoutersPassed { get; set; }

    /// <summary>The source node's router has taken its one already.</summary>
    public bool TtlSpent { get; set; }

    /// <summary>The source node routed it and sent it to the gateway; its MACs speak of no network of the sender's.</summary>
    public bool IsByTransit { get; set; }

    public void Begin(in PacketSource source, PacketBuffer packet, in PacketHeaders headers, long now)
    {
        Source = source;
        Packet = packet;
        Now = now;
        In = headers;
        H = headers;
        InPort = null;
        Segment = null;
        Router = null;
        EntryRouter = null;
        RouterIngress = null;
        RouterIngressOwner = null;
        RoutersPassed = 0;
        TtlSpent = false;
        IsByTransit = false;
        ClearEffects();
    }

    public void Enter(Router router, RouterInterface? ingress, ProviderOwner? owner)
    {
        Router = router;
        EntryRouter ??= router;
        RouterIngress = ingress;
        RouterIngressOwner = owner;
        RoutersPassed++;
        Depend(router.Slot);
    }

    public ConnectionVerdict Look(uint zone)
    {
        ConnectionVerdict verdict = Connections.Look(zone, in H, Frame, Now);
        NoteLook(zone, !verdict.Connection.IsNone);
        return verdict;
    }

    /// <summary>An ICMP error that crosses a translation is rewritten for real, since what it quotes is in no header field of the walk.</summary>
    public void Materialize()
    {
        if (Packet == Context.Rewritten)
        {
            return;
        }

        PacketBuffer copy = Context.Rewritten;
        copy.CopyFrom(Packet);
        _ = Checksum.Finish(copy);
        FlowAction sofar = FlowActions.FromDifference(in In, in H, new FlowOutput(FlowOutputKind.Host));
        Executor.Execute(in sofar, copy, in In);
        Packet = copy;
        In = H;
        Cacheable = false;
    }
}
