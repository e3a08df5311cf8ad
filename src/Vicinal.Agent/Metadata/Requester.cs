using Vicinal.Packets;

namespace Vicinal.Agent.Metadata;

/// <summary>The instance that asks, as the rows have it: nothing of this comes from the request.</summary>
/// <param name="Address">The address that it asked from.</param>
/// <param name="HostName">With its domain, where there is one.</param>
internal sealed record Requester(Guid PortId, IpAddress Address, string InstanceId, string ProjectId, string HostName)
{
    public IReadOnlyList<GuestInterface> Interfaces { get; init; } = [];
}
