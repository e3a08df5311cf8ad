using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vicinal.Compiler;
using Vicinal.Forwarding;
using Vicinal.Protocol.Units;

namespace Vicinal.Server.Distribution;

/// <summary>
/// The encoded units: each state and each delta is made once, by the first session that needs it, and its bytes are shared
/// by all. Any thread may ask; only the compiler's thread records.
/// </summary>
internal sealed class UnitFrames(ILogger log)
{
    /// <summary>Deltas kept of one unit. An agent that missed more is sent the state, which is shorter soon.</summary>
    public const int HistoryLength = 32;

    private const long CacheLimit = 64 << 20;
    private const int MaxDeltas = 65_536;

    private readonly ConcurrentDictionary<UnitId, (long Revision, Lazy<EncodedUnit> State)> _states = new();

    // Written by the compiler's thread alone; a session reads whichever array was there.
    private readonly ConcurrentDictionary<UnitId, UnitDelta[]> _histories = new();

    // Whose oldest delta goes next when there are too many in all. The compiler's thread alone.
    private readonly Queue<UnitId> _order = new();
    private long _cached;
    private int _encodings;

    /// <summary>How many states and deltas were encoded: with many subscribers it follows the changes, not the subscribers.</summary>
    public int Encodings => _encodings;

    public EncodedUnit State(UnitTable table)
    {
        (long revision, Lazy<EncodedUnit> state) = _states.GetOrAdd(table.Id, _ => (table.Revision, Encoding(table)));
        if (revision == table.Revision)
        {
            return state.Value;
        }

        Lazy<EncodedUnit> own = Encoding(table);
        if (revision < table.Revision)
        {
            _states[table.Id] = (table.Revision, own);
        }

        // A session that is still at an older snapshot gets its own copy and does not put it over the newer one.
        return own.Value;
    }

    /// <summary>Remembers one change of a unit and forgets its encoded state.</summary>
    public void Record(UnitId unit, long from, long to, IReadOnlyList<RowChange> changes)
    {
        if (_states.TryRemove(unit, out (long, Lazy<EncodedUnit> State) stale) && stale.State.IsValueCreated)
        {
            Interlocked.Add(ref _cached, -stale.State.Value.Bytes);
        }

        UnitDelta[] before = _histories.GetValueOrDefault(unit, []);
        int dropped = before.Length < HistoryLength ? 0 : 1;
        _histories[unit] = [.. before.AsSpan(dropped), new UnitDelta(from, to, new Lazy<EncodedUnit?>(() => Encode(unit, from, to, changes)))];
        _order.Enqueue(unit);
        while (_order.Count > MaxDeltas)
        {
            Forget(_order.Dequeue());
        }
    }

    /// <summary>Nothing that was recorded leads to what is there now: the compiler started anew.</summary>
    public void Clear()
    {
        _states.Clear();
        _histories.Clear();
        _order.Clear();
        Interlocked.Exchange(ref _cached, 0);
    }

    /// <summary>The deltas that lead from one revision to the other, or null when they are not all kept.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Deltas(UnitId unit, long from, long to)
    {
        UnitDelta[] history = _histories.GetValueOrDefault(unit, []);

        // Revision 0 is the unit without rows, which a history may pass more than once; every way from there is right, the last is shortest.
        int first = Array.FindLastIndex(history, delta => delta.From == from);
        int last = Array.FindLastIndex(history, delta => delta.To == to);
        if (first < 0 || last < first)
        {
            return null;
        }

        List<ReadOnlyMemory<byte>> frames = [];
        foreach (UnitDelta delta in history.AsSpan(first..(last + 1)))
        {
            if (delta.Encoded.Value is not { } encoded)
            {
                return null;
            }

            frames.AddRange(encoded.Frames);
        }

        return frames;
    }

    private Lazy<EncodedUnit> Encoding(UnitTable table) => new(() =>
    {
        EncodedUnit encoded = Count(UnitEncoder.State(table.Id, table.Revision, table.Rows));
        if (Interlocked.Add(ref _cached, encoded.Bytes) > CacheLimit)
        {
            _states.Clear();
            Interlocked.Exchange(ref _cached, 0);
        }

        return encoded;
    });

    private EncodedUnit? Encode(UnitId unit, long from, long to, IReadOnlyList<RowChange> changes) =>
        UnitEncoder.Delta(unit, from, to, changes) is { } delta ? Count(delta) : null;

    private EncodedUnit Count(EncodedUnit encoded)
    {
        Interlocked.Increment(ref _encodings);
        foreach (RowProblem problem in encoded.Problems)
        {
            log.LogError("A row of {Unit} is not sent, {Key}: {Reason}", problem.Unit, problem.Key, problem.Reason);
        }

        return encoded;
    }

    private void Forget(UnitId unit)
    {
        UnitDelta[] history = _histories.GetValueOrDefault(unit, []);
        if (history.Length <= 1)
        {
            _histories.TryRemove(unit, out _);
        }
        else
        {
            _histories[unit] = history[1..];
        }
    }

    private sealed record UnitDelta(long From, long To, Lazy<EncodedUnit?> Encoded);
}
