using Vicinal.Packets;

namespace Vicinal.Deployment.Live;

/// <summary>A NIC as a machine has it now.</summary>
/// <param name="HasCarrier">Up, with a wire that is.</param>
/// <param name="Master">The bridge or bond that it is part of; null where it is of none.</param>
public sealed record LiveNic(string Name, int Mtu, bool HasCarrier, string? Master, IReadOnlyList<IpAddress> Addresses);
