using Vicinal.Datapath.Flows;

namespace Vicinal.Datapath.State;

/// <summary>
/// Generation slots for things that may not exist: a decision that found no floating IP for an address depends on that address's
/// bucket, so that adding one makes only a fraction of the flows walk again.
/// </summary>
internal sealed class SlotBuckets
{
    private const int Count = 16;

    private readonly uint[] _slots = new uint[Count];
    private readonly Generations _generations;

    public SlotBuckets(Generations generations)
    {
        _generations = generations;
        for (int i = 0; i < Count; i++)
        {
            _slots[i] = generations.Allocate();
        }
    }

    public uint For(ulong value) => _slots[(value * 0x9E37_79B9_7F4A_7C15) >> 60];

    public void Bump(ulong value) => _generations.Bump(For(value));

    public void Release()
    {
        foreach (uint slot in _slots)
        {
            _generations.Free(slot);
        }
    }
}
