namespace Vicinal.Datapath.Flows;

/// <summary>
/// Where flows are replayed besides the executor in C#: the hash map of the kernel programs. The cache stays the truth about flows; what is
/// here only repeats it. Called on the data-path thread, from inside the cache, which must not be called back. What the mirror counts comes
/// to <see cref="Node.NoteMirrored"/>.
/// </summary>
public interface IFlowMirror
{
    /// <summary>Replays a flow from now on. One with the same key is there no longer afterwards, so that no packet in between misses.</summary>
    /// <param name="action">
    /// A drop is replayed too, and its packets counted: what is not told of them when it is replaced by the same is told with that one.
    /// </param>
    /// <param name="slot">The flow's number until <see cref="Remove"/>; then it may be another's.</param>
    /// <returns>False: it has no room or cannot replay this; the flow is then carried in C# alone, and one with the same key is removed.</returns>
    bool Put(int slot, in FlowKey key, in FlowAction action);

    /// <summary>A flow that was put ends; it may have ended by itself.</summary>
    void Remove(int slot, in FlowKey key);

    /// <summary>
    /// From now on no flow that carries another value of the slot is replayed. Told in order: before anything that follows from the change, and
    /// before a flow that carries the new value.
    /// </summary>
    void SetGeneration(uint generationSlot, uint value);

    /// <summary>
    /// The node answered a question about a neighbour. While the node is away the mirror may say so again, as long as no stamp has another value.
    /// </summary>
    void PutAnswer(in NeighborAnswer answer, ReadOnlySpan<GenerationStamp> stamps);
}
