using Vicinal.Agent.Transmit;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Devices.Guards;

namespace Vicinal.Agent.Wiring;

/// <summary>The host side of a port's interface, wired. Owned by the data-path thread.</summary>
internal sealed class Tap : IDisposable
{
    private Tap(PacketSocketDevice device)
    {
        Device = device;
        Queue = new TransmitQueue(device, coalesce: true);
    }

    public PacketSocketDevice Device { get; }

    /// <summary>The device number that the node knows it by: the interface's index, which programs in the kernel know too.</summary>
    public int Index => Device.InterfaceIndex;

    public TransmitQueue Queue { get; }

    public int Token { get; set; }

    /// <summary>Guards first, so that the node's own stack never hears the instance.</summary>
    /// <param name="hears">False: a program in the kernel has what comes in, and the socket is for sending.</param>
    public static Tap Open(string name, FrameGuard guard, bool hears)
    {
        guard.GuardTap(name);
        PacketSocketHearing hearing = hears ? PacketSocketHearing.All : PacketSocketHearing.Nothing;
        return new Tap(PacketSocketDevice.Open(name, new PacketSocketOptions { Hears = hearing }));
    }

    public void Receive(Node node) => Arrivals.Receive(node, Device, PacketSource.LocalPort(Index));

    public void Dispose() => Device.Dispose();
}
