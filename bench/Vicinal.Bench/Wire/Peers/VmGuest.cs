using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Bench.Wire.Peers;

/// <summary>
/// A guest as a hypervisor has it: its port on the node is a tap with vnet_hdr, whose other side is this process. What a virtual machine's kernel would do with
/// the frames a namespace's does: the process carries them to and from a second tap in there, one system call each way, with their offload headers as they
/// are. So super-packets and unfinished checksums arrive as a virtio NIC delivers them, and every variant pays the same for the carrying.
/// </summary>
internal sealed class VmGuest : IDisposable
{
    /// <summary>Frames carried from one side before the other has its turn.</summary>
    private const int Turn = 32;

    private readonly TapDevice _port;
    private readonly TapDevice _nic;
    private readonly Poller _poller = new();
    private readonly Thread _thread;
    private volatile bool _stopping;

    private VmGuest(TapDevice port, TapDevice nic)
    {
        _port = port;
        _nic = nic;
        _poller.Add(port.PollHandle, 0);
        _poller.Add(nic.PollHandle, 1);
        _thread = new Thread(Carry) { IsBackground = true, Name = "vm" };
        _thread.Start();
    }

    /// <param name="device">The port's interface on the node.</param>
    public static VmGuest Plug(string node, string device, string guest, MacAddress mac, int mtu)
    {
        TapDevice port = Open(node, device, mtu, null);
        try
        {
            return new VmGuest(port, Open(guest, "eth0", mtu, mac));
        }
        catch
        {
            port.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _poller.Wake();
        _thread.Join();
        _poller.Dispose();
        _port.Dispose();
        _nic.Dispose();
    }

    private static TapDevice Open(string networkNamespace, string name, int mtu, MacAddress? mac) => NetworkNamespace.Open(networkNamespace).Run(() =>
    {
        TapDevice tap = TapDevice.Open(name);
        using Rtnetlink links = Rtnetlink.Open();
        links.SetMtu(name, mtu);
        if (mac is { } own)
        {
            links.SetMac(name, own);
        }

        links.SetUp(name);
        return tap;
    });

    private void Carry()
    {
        PacketBuffer[] frames = [new PacketBuffer()];
        PollEvent[] ready = new PollEvent[2];
        while (!_stopping)
        {
            if (CarrySome(_port, _nic, frames) + CarrySome(_nic, _port, frames) == 0)
            {
                _ = _poller.Wait(ready, -1);
            }
        }
    }

    private static int CarrySome(TapDevice from, TapDevice to, PacketBuffer[] frames)
    {
        int carried = 0;
        while (carried < Turn && from.Receive(frames) == 1)
        {
            _ = to.Send(frames);
            carried++;
        }

        return carried;
    }
}
