using Vicinal.Datapath.Flows;

namespace Vicinal.Bench.Pipeline;

/// <summary>Takes every flow and does nothing, so that what the node does for a mirror is measured without one.</summary>
internal sealed class WillingMirror : IFlowMirror
{
    public bool Put(int slot, in FlowKey key, in FlowAction action) => true;

    public void Remove(int slot, in FlowKey key)
    {
    }

    public void SetGeneration(uint generationSlot, uint value)
    {
    }

    public void PutAnswer(in NeighborAnswer answer, ReadOnlySpan<GenerationStamp> stamps)
    {
    }
}
