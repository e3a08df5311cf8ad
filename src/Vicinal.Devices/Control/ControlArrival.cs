using Vicinal.Packets;

namespace Vicinal.Devices.Control;

/// <summary>What the headers of a received datagram said.</summary>
/// <param name="HopLimit">TTL or hop limit as it came in: 255 when no router was on the way, if the sender began with that.</param>
public readonly record struct ControlArrival(IpAddress Source, ushort SourcePort, byte HopLimit);
