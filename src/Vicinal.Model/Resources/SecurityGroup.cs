using Vicinal.Packets;

namespace Vicinal.Model.Resources;

public sealed record SecurityGroup : Resource
{
    public const string DefaultName = "default";

    public bool Stateful { get; init; } = true;

    public bool Shared { get; init; }
}

public sealed record SecurityGroupRule : Resource
{
    public required Guid SecurityGroupId { get; init; }

    /// <summary>ingress or egress.</summary>
    public required string Direction { get; init; }

    /// <summary>IPv4 or IPv6.</summary>
    public required string EtherType { get; init; }

    /// <summary>As the user wrote it (a name or a number), null for all; <see cref="ProtocolNumber"/> is what it means.</summary>
    public string? Protocol { get; init; }

    public byte? ProtocolNumber { get; init; }

    /// <summary>Lowest port, or the ICMP type.</summary>
    public int? PortRangeMin { get; init; }

    /// <summary>Highest port, or the ICMP code.</summary>
    public int? PortRangeMax { get; init; }

    /// <summary>As the user wrote it; <see cref="RemotePrefix"/> is canonical.</summary>
    public string? RemoteIpPrefix { get; init; }

    public IpPrefix? RemotePrefix { get; init; }

    public Guid? RemoteGroupId { get; init; }
}
