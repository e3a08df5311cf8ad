namespace Vicinal.Datapath.Flows;

/// <summary>A slot and the value it had when a decision was taken.</summary>
public record struct GenerationStamp(uint Slot, uint Value);

/// <summary>
/// Numbers that go up when what a cached decision rests on changes: one slot for each port, router, segment, address set and filter
/// group. A bump makes every flow that carries the slot stale at once, at no cost per flow. <see cref="Current"/> moves with each of
/// them, so that while nothing changes a flow is known to be fresh by one comparison. One thread.
/// </summary>
public sealed class Generations
{
    private readonly Stack<uint> _free = new();
    private readonly uint _first;
    private readonly IFlowMirror? _mirror;
    private uint[] _values;
    private uint _used;

    /// <param name="firstSlot">
    /// The first slot's number. A process whose predecessor's flows are still replayed by the mirror takes other slots than that one had.
    /// </param>
    /// <param name="mirror">Told of each value; null where the flows are replayed here alone.</param>
    public Generations(int capacity = 1024, uint firstSlot = 0, IFlowMirror? mirror = null)
    {
        _values = new uint[Math.Max(capacity, 1)];
        _first = firstSlot;
        _mirror = mirror;
    }

    /// <summary>Never 0, which an entry has that was not verified yet.</summary>
    public long Current { get; private set; } = 1;

    /// <summary>A slot for something new. Its value goes on from its last tenant's, so that no stamp of that one fits.</summary>
    public uint Allocate()
    {
        if (!_free.TryPop(out uint slot))
        {
            if (_used == _values.Length)
            {
                Array.Resize(ref _values, _values.Length * 2);
            }

            slot = _first + _used++;
        }

        _mirror?.SetGeneration(slot, _values[slot - _first]);
        return slot;
    }

    /// <summary>What had the slot is gone, and with it every decision that rested on it.</summary>
    public void Free(uint slot)
    {
        Bump(slot);
        _free.Push(slot);
    }

    public void Bump(uint slot)
    {
        uint value = ++_values[slot - _first];
        Current++;
        _mirror?.SetGeneration(slot, value);
    }

    public GenerationStamp Stamp(uint slot) => new(slot, _values[slot - _first]);

    public bool Holds(GenerationStamp stamp) => _values[stamp.Slot - _first] == stamp.Value;

    /// <summary>All that the action rests on is as it was.</summary>
    public bool Holds(in FlowAction action)
    {
        for (int i = 0; i < action.GenerationCount; i++)
        {
            if (!Holds(action.Generations[i]))
            {
                return false;
            }
        }

        return true;
    }
}
