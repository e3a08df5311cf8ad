using Vicinal.Packets;

namespace Vicinal.Devices.Control;

/// <summary>What the headers of a received datagram said, and the kernel of its way in.</summary>
/// <param name="HopLimit">TTL or hop limit as it came in: 255 when no router was on the way, if the sender began with that.</param>
/// <param name="InterfaceIndex">Where it came in, whatever address it was for; 0: not known.</param>
public readonly record struct ControlArrival(IpAddress Source, ushort SourcePort, byte HopLimit, int InterfaceIndex);
