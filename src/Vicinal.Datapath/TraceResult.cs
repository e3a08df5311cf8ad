using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

public enum OutputKind : byte
{
    Port = 1,
    Tunnel = 2,
    Physical = 3,
    Host = 4,
    Service = 5,
}

/// <summary>A packet as it would leave.</summary>
/// <param name="Index">The device of a port or the index of a physical network.</param>
/// <param name="Remote">The tunnel's far end.</param>
/// <param name="Port">The local port that it leaves by, else empty.</param>
/// <param name="Bytes">The packet as <see cref="IPacketOutput"/> would get it.</param>
public sealed record TraceOutput(
    OutputKind Kind, int Index, IpAddress Remote, Encapsulation Encapsulation, Guid Port, ReadOnlyMemory<byte> Bytes);

/// <summary>The whole of one packet's walk.</summary>
public sealed record TraceResult(
    IReadOnlyList<TraceStep> Steps, Disposition Disposition, DropReason DropReason, IReadOnlyList<TraceOutput> Outputs);
