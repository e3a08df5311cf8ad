using Vicinal.Agent.Transmit;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Devices.Guards;

namespace Vicinal.Agent.Wiring;

/// <summary>The host side of a port's interface, wired. Owned by the data-path thread.</summary>
internal sealed class Tap : IDisposable
{
    private Tap(PacketSocketDevice device, int index)
    {
        Device = device;
        Index = index;
        Queue = new TransmitQueue(device, coalesce: true);
    }

    public PacketSocketDevice Device { get; }

    /// <summary>The device number that the node knows it by; never used twice.</summary>
    public int Index { get; }

    public TransmitQueue Queue { get; }

    public int Token { get; set; }

    /// <summary>Guards first, so that the node's own stack never hears the instance.</summary>
    public static Tap Open(string name, int index, FrameGuard guard)
    {
        guard.GuardTap(name);
        return new Tap(PacketSocketDevice.Open(name, new PacketSocketOptions()), index);
    }

    public void Receive(Node node) => Arrivals.Receive(node, Device, PacketSource.LocalPort(Index));

    public void Dispose() => Device.Dispose();
}
