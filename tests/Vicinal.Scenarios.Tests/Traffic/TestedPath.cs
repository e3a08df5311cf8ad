using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Traffic;

/// <summary>From a member of a cloud to an address.</summary>
/// <param name="Nodes">That the packets pass, by the beginning of their names.</param>
/// <param name="Addresses">Of which the keys of its flows name at least one on every node.</param>
public sealed record TestedPath(string From, IpAddress To, IReadOnlyList<string> Nodes, params IpAddress[] Addresses);
