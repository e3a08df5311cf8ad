using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>Who asks the node's own sockets: known by where the packet came in, whatever the packet says.</summary>
public sealed record ServicePeer(Guid PortId, Guid NetworkId, IpAddress Address);
