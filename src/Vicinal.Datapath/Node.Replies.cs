using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Neighbors;
using Vicinal.Datapath.Pipeline;

namespace Vicinal.Datapath;

/// <content>
/// The flow of the answers is decided along with the one whose packet came, so that a mirror has it before the first answer comes and
/// need not ask. It is decided as that answer would be, and nothing else comes of it: no connection opens or counts as answered.
/// </content>
public sealed partial class Node
{
    /// <summary>After the flow was cached. A guess that is wrong is an entry that nobody uses and that ends for that.</summary>
    /// <param name="slot">The flow's.</param>
    private void PredictReply(Walk walk, in FlowAction action, int slot)
    {
        if (!_flows[slot].IsMirrored || !_flows.HasSpareRoom
            || !ReplyKey.TryFind(walk, in action, out FlowKey key) || !TrySourceOf(ref key, action.TunnelRemote, out PacketSource source))
        {
            return;
        }

        int present = _flows.Find(in key);
        if ((present == FlowCache.NotFound || !_flows.IsFresh(present, walk.Now)) && TryWalk(_replyWalk, in key, in source, walk.Now)
            && MayReplayUnseen(_replyWalk) && Passes(_replyWalk))
        {
            _ = CacheAlone(_replyWalk, in key, mayEvict: false);
        }
    }

    /// <summary>False for what has to be seen here first: by a neighbour that is to be asked, by an owner that announces itself until it hears something.</summary>
    private bool MayReplayUnseen(Walk walk)
    {
        NeighborNeed need = walk.Need;
        return (walk.Heard is null || !_announcer.Announces(walk.Heard))
            && (need.IsNone || _neighbors.Look(need.Segment, need.Address).State != NeighborState.Stale);
    }
}
