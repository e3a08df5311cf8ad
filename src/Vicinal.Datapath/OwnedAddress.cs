using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>
/// A MAC that this node answers for on a physical network: a floating IP's, a gateway's or a local provider port's. Frames
/// to it are ours and must not reach the host's own stack.
/// </summary>
/// <param name="Physical">The index of the physical network.</param>
/// <param name="VlanId">0 on a flat network.</param>
public readonly record struct OwnedAddress(int Physical, ushort VlanId, MacAddress Mac, Origin Origin);
