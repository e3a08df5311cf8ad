using System.Runtime.CompilerServices;

namespace Vicinal.Datapath.Flows;

/// <content>Flows that are replayed elsewhere too, and what is counted there.</content>
public sealed unsafe partial class FlowCache
{
    /// <summary>
    /// How far behind (in ms) the mirror's reports are allowed for at most. One that never reports whole rounds keeps its idle flows no longer
    /// than that beyond their time.
    /// </summary>
    public const long MaxMirrorLag = 60_000;

    private readonly IFlowMirror? _mirror;

    /// <summary>What passed the mirror before this time was told.</summary>
    private long _mirrorTold;

    /// <summary>All that passed the mirrored flows before <paramref name="asOf"/> has been told.</summary>
    public void NoteMirrorRound(long asOf) => _mirrorTold = Math.Max(_mirrorTold, asOf);

    /// <summary>
    /// What the mirror counted for a flow since it last told. Ignored when the slot holds another flow by now, or none.
    /// </summary>
    /// <param name="packets">A super-packet counts as the segments it is cut into.</param>
    /// <param name="bytes">Of layer 3.</param>
    /// <returns>False when it was ignored.</returns>
    public bool NoteMirrored(int slot, in FlowKey key, long packets, long bytes, long lastUsed)
    {
        if ((uint)slot >= (uint)Capacity || packets <= 0 || bytes < 0)
        {
            return false;
        }

        ref FlowEntry entry = ref _entries[slot];
        if (entry.Place < 0 || !entry.IsMirrored || !entry.KeyField.Matches(in key))
        {
            return false;
        }

        if (lastUsed > LastUsedOf(in entry))
        {
            entry.LastUsed = (uint)lastUsed;
        }

        entry.ToldPackets += packets;
        entry.ToldBytes += bytes;
        Report(slot);
        Report(slot, packets, bytes);
        return true;
    }

    /// <summary>How long ago a packet may have passed the entry that nobody has told of yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long LagOf(in FlowEntry entry, long now) => entry.IsMirrored ? Math.Clamp(now - _mirrorTold, 0, MaxMirrorLag) : 0;

    /// <summary>A drop of the mirror's that is over, whose last packets were not all told yet.</summary>
    private bool AwaitsCounts(in FlowEntry entry, long now) =>
        entry.IsMirrored && entry.IsNegative && now < entry.ActionField.Deadline + LagOf(in entry, now);

    /// <param name="replaces">The mirror has an earlier decision for the key.</param>
    private void Mirror(int slot, bool replaces)
    {
        ref FlowEntry entry = ref _entries[slot];
        if (_mirror is null)
        {
            return;
        }

        if (IsForMirror(in entry) && _mirror.Put(slot, in entry.KeyField, in entry.ActionField))
        {
            entry.MirroredField = 1;
        }
        else if (replaces)
        {
            _mirror.Remove(slot, in entry.KeyField);
        }
    }

    /// <summary>The host's own stack is met on a NIC, and the node's sockets behind a tap, in C# alone.</summary>
    private static bool IsForMirror(in FlowEntry entry) =>
        entry.KeyField.InputKind is not (FlowInputKind.Host or FlowInputKind.Service)
        && entry.ActionField.OutputKind is not (FlowOutputKind.Host or FlowOutputKind.Service);
}
