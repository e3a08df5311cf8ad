using Vicinal.Datapath.State;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.Pipeline;

/// <summary>What an instance may send, judged on its own node before anything is decided about the way.</summary>
internal static class EgressFilterStage
{
    public static bool Passes<TSink>(Walk w, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        DropReason reason = FilterDecision.Judge(w, port, FilterDirection.Egress, ref sink);
        if (reason != DropReason.None)
        {
            w.Drop(reason);
        }

        return reason == DropReason.None;
    }
}
