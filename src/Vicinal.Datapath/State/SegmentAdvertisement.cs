using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>What one router of a segment advertises, or the node itself where a subnet has no router.</summary>
/// <param name="Address">Link-local: hosts take it as their next hop.</param>
internal readonly record struct SegmentAdvertisement(MacAddress Router, IpAddress Address, RouterAdvertisement Content);
