using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;
using Vicinal.Ebpf;
using Vicinal.Ebpf.Layout;

namespace Vicinal.Agent.Kernel;

/// <summary>
/// The kernel's hash map as the mirror of the flow cache: keys and actions are the same bytes on both sides. Remembers what each slot's entry had
/// counted when it was last read. Owned by the data-path thread.
/// </summary>
internal sealed class KernelFlows(FastPath fastPath, int capacity) : IFlowMirror
{
    // Below zero when an entry took the place of one that had counted more than was told.
    private readonly (long Packets, long Bytes)[] _told = new (long, long)[capacity];

    private readonly uint _firstSlot = fastPath.FirstGenerationSlot;
    private readonly uint _slots = fastPath.GenerationSlots;

    public bool Put(int slot, in FlowKey key, in FlowAction action)
    {
        if (!CanReplay(in action))
        {
            return false;
        }

        (long packets, long bytes) untold = action.OutputKind == FlowOutputKind.Drop ? UntoldOf(in key) : default;
        _told[slot] = (-untold.packets, -untold.bytes);
        return fastPath.Put(BytesOf(in key), BytesOf(in action), (uint)slot);
    }

    public void Remove(int slot, in FlowKey key) => fastPath.Remove(BytesOf(in key));

    public void SetGeneration(uint generationSlot, uint value)
    {
        if (IsOurs(generationSlot))
        {
            fastPath.SetGeneration(generationSlot, value);
        }
    }

    public void PutAnswer(in NeighborAnswer answer, ReadOnlySpan<GenerationStamp> stamps) => fastPath.PutAnswer(
        (byte)answer.Input.Kind, answer.Input.Index, answer.Vlan, answer.Target, answer.Owner, answer.IsRouter, (LeaseKind)answer.Lease, MemoryMarshal.Cast<GenerationStamp, KernelStamp>(stamps));

    /// <summary>What an entry of this agent counted since it was last asked about.</summary>
    public (long Packets, long Bytes) Take(in KernelFlow flow)
    {
        if (flow.Epoch != fastPath.Epoch || flow.Slot >= (uint)_told.Length)
        {
            return default;
        }

        (long packets, long bytes) = _told[flow.Slot];
        _told[flow.Slot] = ((long)flow.Packets, (long)flow.Bytes);
        return ((long)flow.Packets - packets, (long)flow.Bytes - bytes);
    }

    /// <summary>The programs compare the generations that they have room for.</summary>
    private bool CanReplay(in FlowAction action)
    {
        for (int i = 0; i < action.GenerationCount; i++)
        {
            if (!IsOurs(action.Generations[i].Slot))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Beyond our part of the array are an earlier agent's slots, or none.</summary>
    private bool IsOurs(uint generationSlot) => generationSlot - _firstSlot < _slots;

    /// <summary>Of a drop that is decided anew each second, what would go with the entry that is there.</summary>
    private (long Packets, long Bytes) UntoldOf(in FlowKey key) => fastPath.TryRead(BytesOf(in key), out KernelFlow flow) ? Take(in flow) : default;

    private static ReadOnlySpan<byte> BytesOf<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
}
