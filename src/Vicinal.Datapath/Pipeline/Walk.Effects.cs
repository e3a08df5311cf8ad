using System.Runtime.InteropServices;
using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Pipeline;

/// <summary>How an answer gets to whom it is for.</summary>
internal enum AnswerRoute : byte
{
    None,

    /// <summary>Back to where the packet came from, as it is.</summary>
    Back,

    /// <summary>By a walk of its own from the router that gives it: the packet came through the router's transit.</summary>
    FromRouter,
}

/// <content>What came of the walk.</content>
internal sealed partial class Walk
{
    private const int MaxStamps = 16;
    private const int MaxLooks = 4;

    private ConnectionEffect[] _connections = new ConnectionEffect[8];
    private readonly GenerationStamp[] _stamps = new GenerationStamp[MaxStamps];
    private readonly uint[] _looked = new uint[MaxLooks];
    private readonly List<Emission> _emissions = new(16);
    private int _connectionCount;
    private int _stampCount;
    private int _lookCount;

    public Disposition Disposition { get; private set; }

    public DropReason DropReason { get; private set; }

    /// <summary>The same key will be decided the same way until a generation moves.</summary>
    public bool Cacheable { get; set; }

    /// <summary>What the decision holds under; of several the one that runs out first.</summary>
    public GatewayLease Lease { get; private set; }

    /// <summary>The decision is void from this time on, in ms; 0 is never.</summary>
    public long Deadline { get; set; }

    /// <summary>It was refused since nobody is known to serve yet, or may not just now: soon that may be another.</summary>
    public bool AwaitsGateway { get; set; }

    /// <summary>The smallest MTU that was checked; 0 when none was.</summary>
    public int Mtu { get; set; }

    /// <summary>The packet is longer than <see cref="Mtu"/> and may be cut.</summary>
    public bool Fragment { get; set; }

    public AnswerRoute AnswerRoute { get; set; }

    /// <summary>The neighbour that it goes to or waits for.</summary>
    public NeighborNeed Need { get; set; }

    /// <summary>What the packet says about a neighbour.</summary>
    public NeighborEvidence? Evidence { get; set; }

    /// <summary>What the node answered about a neighbour.</summary>
    public NeighborAnswer? Resolved { get; set; }

    /// <summary>The floating IP or gateway that heard it from the wire: the upstream knows where that is.</summary>
    public ProviderOwner? Heard { get; set; }

    /// <summary>The port asked for router advertisements and gets them.</summary>
    public bool Advertises { get; set; }

    /// <summary>The answer reports a failure, and such reports are rationed.</summary>
    public bool AnswerIsError { get; set; }

    /// <summary>The place of the sender among its port's clients of the node's services; -1 when it is none.</summary>
    public int ServicePlace { get; set; }

    /// <summary>The port whose filter judged last: what is dropped there is counted there.</summary>
    public LocalPort? OutPort { get; set; }

    public ReadOnlySpan<Emission> Emissions => CollectionsMarshal.AsSpan(_emissions);

    public ReadOnlySpan<ConnectionEffect> ConnectionEffects => _connections.AsSpan(0, _connectionCount);

    public ReadOnlySpan<GenerationStamp> Stamps => _stamps.AsSpan(0, _stampCount);

    /// <summary>The zones that were asked for the packet's connection.</summary>
    public ReadOnlySpan<uint> LookedZones => _looked.AsSpan(0, _lookCount);

    /// <summary>No zone had one, and all that were asked are in <see cref="LookedZones"/>.</summary>
    public bool LooksAreEmpty { get; private set; }

    public void Drop(DropReason reason)
    {
        Disposition = Disposition.Dropped;
        DropReason = reason;
        _emissions.Clear();
    }

    /// <summary>The node took care of it; nothing of the packet itself goes on.</summary>
    public void End(Disposition disposition)
    {
        Disposition = disposition;
        DropReason = DropReason.None;
    }

    public void Emit(in Emission emission, Disposition disposition)
    {
        _emissions.Add(emission);
        Disposition = _emissions.Count == 1 ? disposition : Disposition.Flooded;
        DropReason = DropReason.None;
    }

    /// <summary>The decision falls when the slot moves.</summary>
    public void Depend(uint slot)
    {
        if (_stampCount == MaxStamps)
        {
            Cacheable = false;
            return;
        }

        _stamps[_stampCount++] = Context.Generations.Stamp(slot);
    }

    /// <summary>Whether the node may go on with what it does under the lease; the decision then rests on it.</summary>
    public bool Holds(GatewayLease lease)
    {
        if (!Context.Settings.Holds(lease))
        {
            return false;
        }

        Lease = Lease == GatewayLease.None || (lease != GatewayLease.None && lease < Lease) ? lease : Lease;
        return true;
    }

    public uint GenerationOf(LocalPort port) => Context.Generations.Stamp(port.Slot).Value;

    /// <summary>The packet belongs to the connection.</summary>
    public void Touch(uint zone, in ConnectionVerdict verdict, bool reaffirmed, uint generation = 0) => Add(new ConnectionEffect
    {
        Zone = zone,
        Handle = verdict.Connection,
        IsReply = verdict.IsReply,
        IsReaffirmed = reaffirmed,
        Info = new CommitInfo(PolicyGeneration: generation),
    });

    /// <summary>The packet opens a connection.</summary>
    public void Open(uint zone, in ConnectionTuple original, in ConnectionTuple reply, CommitInfo info) => Add(new ConnectionEffect
    {
        Zone = zone,
        Original = original,
        Reply = reply,
        Info = info,
    });

    /// <summary>The action that makes of the packet as it came what goes to one of its outputs.</summary>
    public FlowAction Compose(in Emission emission) =>
        FlowActions.FromDifference(in In, Tagged(in H, emission.Vlan), emission.Output);

    /// <summary>To where the packet came from: the port, the NIC, the host, or the node that sent it on its network.</summary>
    public Emission WayBack()
    {
        if (Source.Kind == PacketSourceKind.Tunnel)
        {
            uint? keys = Source.Encapsulation == Encapsulation.Geneve ? 0 : null;
            return new Emission(new FlowOutput(FlowOutputKind.Tunnel, 0, 0, Source.Encapsulation, Source.Remote, Source.Vni, keys), 0, null);
        }

        (FlowOutputKind kind, int index) = Source.Kind switch
        {
            PacketSourceKind.LocalPort => (FlowOutputKind.Port, InPort!.Device),
            PacketSourceKind.Host => (FlowOutputKind.Host, Source.Index),
            PacketSourceKind.Service => (FlowOutputKind.Service, 0),
            _ => (FlowOutputKind.Physical, Source.Index),
        };
        return new Emission(new FlowOutput(kind, (uint)index), In.HasVlan ? In.VlanId : (ushort)0, InPort);
    }

    public static PacketHeaders Tagged(in PacketHeaders headers, ushort vlan)
    {
        PacketHeaders tagged = headers;
        tagged.VlanTci = vlan;
        tagged.Flags = vlan == 0 ? tagged.Flags & ~HeaderFlags.Vlan : tagged.Flags | HeaderFlags.Vlan;
        return tagged;
    }

    private void NoteLook(uint zone, bool found)
    {
        if (found || _lookCount == MaxLooks)
        {
            LooksAreEmpty = false;
            return;
        }

        _looked[_lookCount++] = zone;
    }

    private void Add(in ConnectionEffect effect)
    {
        if (_connectionCount == _connections.Length)
        {
            Array.Resize(ref _connections, _connections.Length * 2);
        }

        _connections[_connectionCount++] = effect;
    }

    private void ClearEffects()
    {
        _connectionCount = 0;
        _stampCount = 0;
        _lookCount = 0;
        LooksAreEmpty = true;
        _emissions.Clear();
        Disposition = Disposition.Dropped;
        DropReason = DropReason.None;
        Cacheable = true;
        Lease = GatewayLease.None;
        Deadline = 0;
        AwaitsGateway = false;
        Mtu = 0;
        Fragment = false;
        AnswerRoute = AnswerRoute.None;
        AnswerIsError = false;
        Advertises = false;
        ServicePlace = -1;
        OutPort = null;
        Need = default;
        Evidence = null;
        Resolved = null;
        Heard = null;
    }
}
