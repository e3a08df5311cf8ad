using Google.Protobuf;
using Vicinal.Forwarding;
using Vicinal.Protocol.Rows;
using Vicinal.Protocol.Units;

namespace Vicinal.Protocol.Mirror;

/// <summary>What a barrier put into force.</summary>
/// <param name="Changes">Real changes only: removals first, then rows in the order in which they refer to each other.</param>
/// <param name="Renewed">Units that were sent, also those whose rows came out the same.</param>
/// <param name="Gaps">Units whose delta did not follow on what is held or could not be read; their whole state is to be asked for.</param>
/// <param name="Problems">Rows that could not be read and are not held.</param>
public sealed record MirrorBatch(
    long Revision,
    IReadOnlyList<RowChange> Changes,
    IReadOnlyList<UnitId> Renewed,
    IReadOnlyList<UnitId> Gaps,
    IReadOnlyList<RowProblem> Problems);

/// <summary>
/// The agent's copy of its units, as a pure step. Messages are staged until their barrier: a stream that breaks in between
/// leaves the copy at the last barrier, and that is what the next stream resumes from. Owned by the link's task.
/// </summary>
public sealed class UnitMirror
{
    private readonly Dictionary<UnitId, MirrorUnit> _units = [];
    private readonly List<Staged> _staged = [];
    private State? _partial;

    public int Rows => _units.Values.Sum(unit => unit.Count);

    /// <summary>What a Hello tells of it.</summary>
    public IEnumerable<Wire.HeldUnit> Held() => _units.Select(pair => new Wire.HeldUnit
    {
        Unit = RowCodec.Encode(pair.Key),
        Revision = pair.Value.Revision,
        Digest = pair.Value.Digest.ToByteString(),
    });

    /// <exception cref="WireFault">The parts of a state are out of order; the stream cannot go on.</exception>
    public void Stage(Wire.UnitState message)
    {
        UnitId unit = RowCodec.Decode(message.Unit);
        if (message.First)
        {
            EndOfPartial();
            _partial = new State(unit, message.Revision, []);
        }

        if (_partial is null || _partial.Unit != unit || _partial.Revision != message.Revision)
        {
            throw new WireFault($"a part of the state of {unit} without its beginning");
        }

        _partial.Rows.AddRange(message.Rows);
        if (message.Last)
        {
            _staged.Add(_partial);
            _partial = null;
        }
    }

    public void Stage(Wire.UnitDelta message)
    {
        EndOfPartial();
        _staged.Add(new Delta(
            RowCodec.Decode(message.Unit), message.From, message.To, [.. message.Removals.Select(RowCodec.Decode)], message.Puts));
    }

    public void Stage(Wire.UnitDropped message)
    {
        EndOfPartial();
        _staged.Add(new Dropped(RowCodec.Decode(message.Unit)));
    }

    /// <summary>Puts what is staged into the copy and tells what that changed.</summary>
    public MirrorBatch Apply(long revision)
    {
        EndOfPartial();
        List<MirrorChange> changes = [];
        List<UnitId> renewed = [];
        List<UnitId> gaps = [];
        List<RowProblem> problems = [];
        foreach (Staged staged in _staged)
        {
            (Apply(staged, changes, problems) ? renewed : gaps).Add(staged.Unit);
        }

        _staged.Clear();
        return new MirrorBatch(revision, InOrder(changes), renewed, gaps, problems);
    }

    /// <summary>The stream broke: what no barrier followed is forgotten.</summary>
    public void Discard()
    {
        _staged.Clear();
        _partial = null;
    }

    /// <summary>See <see cref="MirrorUnit.Refuse"/>.</summary>
    public void Refuse(UnitId unit, RowKey key)
    {
        if (_units.TryGetValue(unit, out MirrorUnit? held))
        {
            held.Refuse(key);
        }
    }

    private bool Apply(Staged staged, List<MirrorChange> changes, List<RowProblem> problems)
    {
        MirrorUnit? unit = _units.GetValueOrDefault(staged.Unit);
        switch (staged)
        {
            case Dropped:
                unit?.Clear(changes);
                _units.Remove(staged.Unit);
                return true;
            case State state:
                unit ??= _units[staged.Unit] = new MirrorUnit(staged.Unit);
                unit.Replace(state.Revision, state.Rows, changes, problems);
                return true;
            case Delta delta:
                // A unit that is not held is the empty one, whose revision is 0.
                unit ??= _units[staged.Unit] = new MirrorUnit(staged.Unit);
                if (unit.Revision == delta.From && unit.Change(delta.To, delta.Removals, delta.Puts, changes, problems))
                {
                    return true;
                }

                unit.Lose();
                return false;
            default:
                throw new InvalidOperationException(staged.GetType().Name);
        }
    }

    private void EndOfPartial()
    {
        if (_partial is not null)
        {
            throw new WireFault($"the state of {_partial.Unit} was not finished");
        }
    }

    /// <summary>Net changes, one for each row that is different now. What refers to others goes first and comes last.</summary>
    private static List<RowChange> InOrder(List<MirrorChange> changes)
    {
        Dictionary<(UnitId, RowKey), MirrorChange> net = [];
        foreach (MirrorChange change in changes)
        {
            (UnitId, RowKey) key = (change.Unit, change.Key);
            net[key] = net.TryGetValue(key, out MirrorChange earlier) ? change with { Before = earlier.Before } : change;
        }

        IEnumerable<RowChange> real = net.Values
            .Where(change => !Equals(change.Before, change.After))
            .Select(change => new RowChange(change.Unit, change.Key, change.After));
        return
        [
            .. real.Where(change => change.Row is null).OrderByDescending(change => UnitOrder.Of(change.Unit.Kind)),
            .. real.Where(change => change.Row is not null).OrderBy(change => UnitOrder.Of(change.Unit.Kind)),
        ];
    }

    private abstract record Staged(UnitId Unit);

    private sealed record State(UnitId Unit, long Revision, List<ByteString> Rows) : Staged(Unit);

    private sealed record Delta(UnitId Unit, long From, long To, List<RowKey> Removals, IReadOnlyCollection<ByteString> Puts) : Staged(Unit);

    private sealed record Dropped(UnitId Unit) : Staged(Unit);
}
