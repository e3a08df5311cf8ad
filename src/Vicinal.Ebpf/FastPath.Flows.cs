using System.Runtime.InteropServices;
using Vicinal.Ebpf.Layout;

namespace Vicinal.Ebpf;

/// <summary>One entry of the kernel's flows as a sweep meets it. The spans are good during the call.</summary>
public delegate void FlowVisitor(ReadOnlySpan<byte> key, in KernelFlow flow, ReadOnlySpan<byte> action);

/// <summary>An entry that an earlier agent put.</summary>
/// <param name="Key">FlowKey.</param>
/// <param name="Value"><see cref="KernelFlow"/>, and FlowAction behind it.</param>
public sealed record FormerFlow(byte[] Key, byte[] Value);

/// <content>Entries: keys and actions as the data path's FlowKey and FlowAction are in memory.</content>
public sealed partial class FastPath
{
    private readonly BpfMapSweep _sweep;
    private readonly byte[] _value = new byte[KernelFlow.ValueSize];

    /// <summary>From now on packets with the key are carried so. An entry with the same key is replaced, and no packet in between misses.</summary>
    /// <returns>False: there is no room.</returns>
    public bool Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> action, uint slot)
    {
        KernelFlow head = new() { Epoch = Epoch, Slot = slot };
        MemoryMarshal.Write(_value, in head);
        action.CopyTo(_value.AsSpan(KernelFlow.Size));
        return _flows.TryUpdate(key, _value);
    }

    /// <summary>What an entry has counted. False when there is none with the key.</summary>
    public bool TryRead(ReadOnlySpan<byte> key, out KernelFlow flow)
    {
        bool found = _flows.TryLookup(key, _value);
        flow = found ? MemoryMarshal.Read<KernelFlow>(_value) : default;
        return found;
    }

    public void Remove(ReadOnlySpan<byte> key) => _flows.Delete(key);

    /// <summary>Entries with another value of the slot are void from the next packet on. A store into memory that the programs read.</summary>
    public void SetGeneration(uint slot, uint value)
    {
        if (slot < (uint)_generations.Count)
        {
            Volatile.Write(ref _generations.At<ulong>((int)slot), value);
        }
    }

    /// <summary>Shows the next entries of a round over all of them, a few thousand a batch; the next call goes on from there.</summary>
    /// <returns>True: the round is complete, and the next call begins another.</returns>
    public bool Sweep(FlowVisitor visit, int batches)
    {
        for (int i = 0; i < batches; i++)
        {
            if (!_sweep.Next())
            {
                _sweep.Restart();
                return true;
            }

            for (int n = 0; n < _sweep.Count; n++)
            {
                ReadOnlySpan<byte> value = _sweep.ValueAt(n);
                visit(_sweep.KeyAt(n), in MemoryMarshal.AsRef<KernelFlow>(value), value[KernelFlow.Size..]);
            }
        }

        return false;
    }

    /// <summary>A copy of every entry that an earlier agent put and that has not been replaced.</summary>
    public IReadOnlyList<FormerFlow> FormerFlows()
    {
        List<FormerFlow> found = [];
        BpfMapSweep sweep = new(_flows);
        while (sweep.Next())
        {
            for (int i = 0; i < sweep.Count; i++)
            {
                ReadOnlySpan<byte> value = sweep.ValueAt(i);
                if (MemoryMarshal.Read<KernelFlow>(value).Epoch != Epoch)
                {
                    found.Add(new FormerFlow(sweep.KeyAt(i).ToArray(), value.ToArray()));
                }
            }
        }

        return found;
    }

    /// <summary>Memory for records of connections, 128 bytes each, that outlives the process: this agent's half.</summary>
    public Span<byte> ConnectionRecords => HalfOf((int)(_config.Epoch & 1));

    /// <summary>The half that an earlier agent wrote; all zero when there was none.</summary>
    public ReadOnlySpan<byte> FormerConnectionRecords => HalfOf((int)((_config.Epoch + 1) & 1));

    private Span<byte> HalfOf(int half)
    {
        int size = _connections.Bytes.Length / 2;
        return _connections.Bytes.Slice(half * size, size);
    }

    /// <summary>
    /// What is left of the agent before the last one, or of one that ended before it had adopted all, shares this agent's half of the generations and
    /// must not be taken for its own.
    /// </summary>
    private void DropFlowsOfOwnHalf()
    {
        foreach (FormerFlow flow in FormerFlows())
        {
            if ((MemoryMarshal.Read<KernelFlow>(flow.Value).Epoch & 1) == (Epoch & 1))
            {
                Remove(flow.Key);
            }
        }
    }

    private void ClearHalf()
    {
        // What is said of time is the node's and not an agent's: an earlier one's leases run on.
        MemoryMarshal.Cast<byte, ulong>(_generations.Bytes).Slice((int)FirstGenerationSlot, (int)GenerationSlots).Clear();
        ConnectionRecords.Clear();
    }
}
