using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>An output that writes down what would have been sent.</summary>
internal sealed class TraceCapture(LocalPortTable ports) : IPacketOutput
{
    public List<TraceOutput> Outputs { get; } = [];

    public void ToPort(int device, PacketBuffer packet) =>
        Add(OutputKind.Port, device, default, default, packet, ports.TryByDevice(device, out LocalPort? port) ? port.Id : Guid.Empty);

    public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos) =>
        Add(OutputKind.Tunnel, 0, remote, encapsulation, packet, Guid.Empty);

    public void ToPhysical(int index, PacketBuffer packet) => Add(OutputKind.Physical, index, default, default, packet, Guid.Empty);

    public void ToHost(int index, PacketBuffer packet) => Add(OutputKind.Host, index, default, default, packet, Guid.Empty);

    public void ToService(PacketBuffer packet) => Add(OutputKind.Service, 0, default, default, packet, Guid.Empty);

    private void Add(OutputKind kind, int index, IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, Guid port) =>
        Outputs.Add(new TraceOutput(kind, index, remote, encapsulation, port, packet.Span.ToArray()));
}
