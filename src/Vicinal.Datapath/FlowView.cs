using Vicinal.Datapath.Flows;

namespace Vicinal.Datapath;

/// <summary>A cached flow as dumps show it.</summary>
/// <param name="Slot">Its number for the mirror, as long as it lives.</param>
/// <param name="LastUsed">Milliseconds on the node's clock; of a mirrored flow as last told.</param>
public sealed record FlowView(int Slot, FlowEntry Entry, long LastUsed);
