using Vicinal.Datapath.Flows;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;

namespace Vicinal.Datapath;

/// <content>What the mirror of the flows tells about the packets that it carried.</content>
public sealed partial class Node
{
    /// <summary>
    /// What the mirror counted for a flow since it last told: keeps the flow and its connections alive, and counts for the node and its port.
    /// Ignored when the slot holds another flow by now.
    /// </summary>
    /// <param name="packets">A super-packet counts as the segments it is cut into.</param>
    /// <param name="bytes">Of layer 3.</param>
    /// <param name="lastUsed">On the same clock as all other times.</param>
    public void NoteMirrored(int slot, in FlowKey key, long packets, long bytes, long lastUsed)
    {
        if (!_flows.NoteMirrored(slot, in key, packets, bytes, lastUsed))
        {
            return;
        }

        ref readonly FlowAction action = ref _flows[slot].Action;
        Counters.Received += packets;
        Counters.KernelHits += packets;
        if (action.OutputKind == FlowOutputKind.Drop)
        {
            CountDrop(in action, packets);
            return;
        }

        Disposition disposition = DispositionOf(action.OutputKind);
        Counters.Count(disposition, packets);
        if (key.InputKind == FlowInputKind.LocalPort && _state.Ports.TryByDevice((int)key.InputIndex, out LocalPort? port))
        {
            port.Counters.Count(disposition, packets);
        }
    }

    /// <summary>
    /// The mirror was gone through once, from <paramref name="asOf"/> on: all that passed it before has been told. Idle flows and their
    /// connections end by what is known up to then, so call it after each round, and after a long pause before <see cref="Tick"/>.
    /// </summary>
    public void NoteMirrorRound(long asOf) => _flows.NoteMirrorRound(asOf);
}
