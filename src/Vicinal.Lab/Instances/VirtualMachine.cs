using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Lab.Instances;

/// <summary>
/// A virtual machine as the network sees it: its port's interface is a tap with virtio headers, whose frames a process takes and gives.
/// The guest's kernel is a namespace's, behind a second tap; a thread carries frames and their virtio headers between the two, and
/// judges the checksums of what the guest is given.
/// </summary>
public sealed class VirtualMachine : IDisposable
{
    private const int Outside = 0;
    private const int Inside = 1;

    private readonly TapDevice _outside;
    private readonly TapDevice _inside;
    private readonly Poller _poller = new();
    private readonly Thread _thread;
    private volatile bool _stop;

    private VirtualMachine(TapDevice outside, TapDevice inside)
    {
        _outside = outside;
        _inside = inside;
        _poller.Add(outside.PollHandle, Outside);
        _poller.Add(inside.PollHandle, Inside);
        _thread = new Thread(Relay) { IsBackground = true, Name = $"machine {outside.Name}" };
        _thread.Start();
    }

    /// <summary>Frames given to the guest whose transport checksum, finished or to be finished by the guest, was wrong.</summary>
    public int WrongChecksums { get; private set; }

    /// <summary>Super-packets given to the guest.</summary>
    public int SuperPackets { get; private set; }

    /// <summary>The largest of them, in bytes.</summary>
    public int LargestFrame { get; private set; }

    public static VirtualMachine Start(Plug plug, NetworkNamespace node)
    {
        NetworkNamespace guest = NetworkNamespace.OpenOrCreate(plug.Namespace);
        TapDevice inside = guest.Run(() => TapDevice.Open(plug.Interface));
        using (Rtnetlink links = Rtnetlink.Open(guest))
        {
            links.SetMac(plug.Interface, plug.Mac);
            links.SetMtu(plug.Interface, plug.Mtu);
        }

        plug.Configure(guest);
        TapDevice outside = node.Run(() => TapDevice.Open(plug.Device));
        using (Rtnetlink links = Rtnetlink.Open(node))
        {
            links.SetMtu(plug.Device, plug.Mtu);
            links.SetUp(plug.Device);
        }

        return new VirtualMachine(outside, inside);
    }

    public void Dispose()
    {
        _stop = true;
        _poller.Wake();
        _thread.Join();
        _poller.Dispose();
        _outside.Dispose();
        _inside.Dispose();
    }

    private void Relay()
    {
        PacketBuffer[] frames = [.. Enumerable.Range(0, 32).Select(_ => new PacketBuffer())];
        PacketBuffer copy = new();
        PollEvent[] ready = new PollEvent[4];
        while (!_stop)
        {
            _poller.Wait(ready, 100);
            for (int count = _inside.Receive(frames); count > 0; count = _inside.Receive(frames))
            {
                _outside.Send(frames.AsSpan(0, count));
            }

            for (int count = _outside.Receive(frames); count > 0; count = _outside.Receive(frames))
            {
                foreach (PacketBuffer frame in frames.AsSpan(0, count))
                {
                    Judge(frame, copy);
                }

                _inside.Send(frames.AsSpan(0, count));
            }
        }
    }

    /// <summary>The sum over the whole packet holds for super-packets too: the field then holds the pseudo-header's sum of the whole.</summary>
    private void Judge(PacketBuffer frame, PacketBuffer copy)
    {
        LargestFrame = Math.Max(LargestFrame, frame.Length);
        SuperPackets += frame.Offload.Gso == GsoType.None ? 0 : 1;
        copy.CopyFrom(frame);
        bool right = Checksum.Finish(copy)
            && (PacketHeaders.Parse(copy.Span, out PacketHeaders headers) != ParseResult.Ok || Checksum.IsTransportRight(copy.Span, in headers));
        WrongChecksums += right ? 0 : 1;
    }
}
