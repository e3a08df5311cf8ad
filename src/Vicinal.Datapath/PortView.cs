using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>A local port as dumps show it.</summary>
/// <param name="Device">The attached device, or -1.</param>
public sealed record PortView(
    Guid PortId, string DeviceName, int Device, MacAddress Mac, ValueList<IpAddress> Addresses, bool AdminUp, NodeCounters Counters);

/// <summary>A neighbour on a provider network as dumps show it.</summary>
public sealed record NeighborView(Guid NetworkId, IpAddress Address, MacAddress Mac, string State);
