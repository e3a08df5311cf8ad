using Vicinal.Forwarding;
using Vicinal.Protocol.Framing;
using Vicinal.Protocol.Rows;
using Vicinal.Protocol.Units;

namespace Vicinal.Protocol.Sessions;

/// <summary>
/// The server's side of one agent's stream, as a pure step: which units the agent holds at which revision, and what brings
/// it to a newer one. There is no queue of changes. Units that changed are marked, and a round sends each marked unit once, in
/// its newest state, however often it changed meanwhile. Few rounds may be under way at a time, so that a slow agent costs a set
/// of marks and hears less, not later. Owned by the task that writes the stream.
/// </summary>
public sealed class AgentSession
{
    /// <summary>Rounds that may wait for their acknowledgement: enough to keep a quick agent busy while its acknowledgement travels.</summary>
    public const int MaxRounds = 4;

    private readonly string _host;
    private readonly Queue<long> _unacknowledged = new();
    private readonly HashSet<UnitId> _marked = [];

    // What the agent holds once it has read everything sent so far.
    private readonly Dictionary<UnitId, long> _held = [];

    // What it holds from another epoch, whose revisions say nothing here.
    private readonly Dictionary<UnitId, (long Revision, UnitDigest Digest)> _foreign = [];

    private bool _owesBarrier;

    public AgentSession(Wire.Hello hello, Guid epoch)
    {
        _host = hello.Host;
        bool sameEpoch = hello.Epoch.Length == 16 && WireValues.Id(hello.Epoch) == epoch;
        foreach (Wire.HeldUnit held in hello.Held)
        {
            UnitId unit = RowCodec.Decode(held.Unit);
            if (sameEpoch)
            {
                _held[unit] = held.Revision;
            }
            else
            {
                _foreign[unit] = (held.Revision, UnitDigest.Read(held.Digest));
            }
        }

    }

    /// <summary>Frames sent by kind, for metrics and for tests of how little is sent.</summary>
    public int StatesSent { get; private set; }

    public int DeltasSent { get; private set; }

    /// <summary>There is something to send, and the agent is not behind already.</summary>
    public bool HasWork => (_owesBarrier || _marked.Count > 0) && _unacknowledged.Count < MaxRounds;

    /// <summary>All that the host subscribes to or holds: at the start of a session, and when every unit was numbered anew.</summary>
    public void MarkAll(IUnitSource source)
    {
        _marked.UnionWith(source.UnitsOf(_host));
        _marked.UnionWith(_held.Keys);
        _marked.UnionWith(_foreign.Keys);
        _owesBarrier = true;
    }

    /// <summary>The unit changed, or the host's need of it did. A revision that is marked is answered by a barrier even when nothing is to be sent.</summary>
    public void Mark(UnitId unit)
    {
        _marked.Add(unit);
        _owesBarrier = true;
    }

    /// <summary>The agent has everything up to this revision in force.</summary>
    public void Acknowledge(long revision)
    {
        while (_unacknowledged.TryPeek(out long sent) && sent <= revision)
        {
            _unacknowledged.Dequeue();
        }
    }

    /// <summary>The agent cannot go on from what it has; the rounds that showed it will not be acknowledged.</summary>
    public void Forget(UnitId unit)
    {
        _unacknowledged.Clear();
        _held.Remove(unit);
        _foreign.Remove(unit);
        Mark(unit);
    }

    /// <summary>
    /// Brings the agent to the source's revision. Frames are made as they are taken: the caller writes one before it takes
    /// the next, and takes them all, or ends the session.
    /// </summary>
    public IEnumerable<ReadOnlyMemory<byte>> Round(IUnitSource source)
    {
        UnitId[] units = [.. _marked.Order(UnitOrder.Comparer)];
        _marked.Clear();
        _owesBarrier = false;
        IReadOnlySet<UnitId> wanted = source.UnitsOf(_host);
        foreach (UnitId unit in units)
        {
            foreach (ReadOnlyMemory<byte> frame in wanted.Contains(unit) ? Update(unit, source) : Drop(unit))
            {
                yield return frame;
            }
        }

        _unacknowledged.Enqueue(source.Revision);
        yield return FrameWriter.Frame(new Wire.ServerMessage { Barrier = new Wire.Barrier { Revision = source.Revision } });
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> Update(UnitId unit, IUnitSource source)
    {
        long revision = source.RevisionOf(unit);
        if (_foreign.Remove(unit, out (long Revision, UnitDigest Digest) foreign))
        {
            _held[unit] = revision;
            EncodedUnit state = source.State(unit);
            return state.Digest == foreign.Digest ? Renumber(unit, foreign.Revision, revision) : SendState(state);
        }

        bool holds = _held.TryGetValue(unit, out long held);
        if (held == revision && (holds || revision == 0))
        {
            return [];
        }

        _held[unit] = revision;
        if (holds && source.Deltas(unit, held) is { } deltas)
        {
            DeltasSent += deltas.Count;
            return deltas;
        }

        return SendState(source.State(unit));
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> SendState(EncodedUnit state)
    {
        StatesSent++;
        return state.Frames;
    }

    /// <summary>The agent has the same rows under another number.</summary>
    private static ReadOnlyMemory<byte>[] Renumber(UnitId unit, long from, long to)
    {
        Wire.UnitDelta delta = new() { Unit = RowCodec.Encode(unit), From = from, To = to };
        return [FrameWriter.Frame(new Wire.ServerMessage { UnitDelta = delta })];
    }

    private ReadOnlyMemory<byte>[] Drop(UnitId unit)
    {
        // Both are asked: a unit is in one of them at most.
        if (!_held.Remove(unit) & !_foreign.Remove(unit))
        {
            return [];
        }

        Wire.UnitDropped dropped = new() { Unit = RowCodec.Encode(unit) };
        return [FrameWriter.Frame(new Wire.ServerMessage { UnitDropped = dropped })];
    }
}
