using System.Runtime.CompilerServices;
using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices;

/// <summary>
/// A tap interface whose other side is this process, by /dev/net/tun: what the kernel sends on the interface is received here. Checksums and GSO stay
/// undone in both directions (IFF_VNET_HDR). One frame a system call; the kernel offers no batches here. The interface vanishes with the device unless made
/// persistent.
/// </summary>
public sealed unsafe class TapDevice : IFrameDevice
{
    private const int EthernetHeaderSize = 14;

    private readonly Descriptor _tap;

    // For questions about the interface, which the tap's own descriptor does not answer.
    private readonly Descriptor _socket;
    private readonly byte[] _header = GC.AllocateArray<byte>(VirtioHeader.Size, pinned: true);

    // Written by the device's thread, read by any.
    private volatile DeviceState _state;

    private TapDevice(Descriptor tap, Descriptor socket, string name)
    {
        _tap = tap;
        _socket = socket;
        Name = name;
        Refresh();
    }

    public string Name { get; }

    public MacAddress MacAddress { get; private set; }

    public int Mtu { get; private set; }

    public int PollHandle => _tap.Value;

    public DeviceState State => _state;

    public DeviceCounters Counters { get; } = new();

    /// <summary>
    /// Makes the tap, or attaches to a persistent one of that name, in the calling thread's network namespace; needs CAP_NET_ADMIN there. It is down when new.
    /// </summary>
    public static TapDevice Open(string name)
    {
        string operation = $"open tap {name}";
        Descriptor tap = Descriptor.Own(FileCalls.Open(TapCalls.Path, FileCalls.O_RDWR | FileCalls.O_NONBLOCK | FileCalls.O_CLOEXEC), operation, TapCalls.Path);
        try
        {
            Expect(TapCalls.Attach(tap.Value, name), operation);
            Expect(TapCalls.SetHeaderSize(tap.Value, VirtioHeader.Size), operation);
            Expect(TapCalls.SetOffloads(tap.Value), operation);
            Descriptor socket = Descriptor.Own(
                SocketCalls.Socket(SocketCalls.AF_INET, SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_CLOEXEC, 0), operation);
            return new TapDevice(tap, socket, name);
        }
        catch
        {
            tap.Dispose();
            throw;
        }
    }

    /// <summary>Whether the interface stays when this device is closed.</summary>
    public void SetPersistent(bool persistent) => Expect(TapCalls.SetPersistent(_tap.Value, persistent), $"make tap {Name} persistent");

    /// <summary>Asks the kernel for MAC, MTU and state again.</summary>
    public void Refresh()
    {
        int fd = _socket.Value;
        if (InterfaceCalls.IndexOf(fd, Name) == 0)
        {
            _state = DeviceState.Gone;
            return;
        }

        MacAddress = InterfaceCalls.MacOf(fd, Name);
        Mtu = InterfaceCalls.MtuOf(fd, Name);
        _state = InterfaceCalls.IsUp(fd, Name) ? DeviceState.Up : DeviceState.Down;
    }

    public int Receive(Span<PacketBuffer> frames)
    {
        int kept = 0;
        IoVector* vectors = stackalloc IoVector[2];
        vectors[0].Base = Unsafe.AsPointer(ref _header[0]);
        vectors[0].Length = VirtioHeader.Size;
        while (kept < frames.Length)
        {
            PacketBuffer frame = frames[kept];
            vectors[1].Base = MessageBatch.AddressOf(frame, PacketBuffer.Headroom);
            vectors[1].Length = (nuint)frame.Room.Length;
            nint received = FileCalls.ReadVector(_tap.Value, vectors, 2);
            if (received < 0)
            {
                if (Errno.Last == Errno.EINTR)
                {
                    continue;
                }

                NoteError(Errno.Last);
                break;
            }

            kept += Accept(frame, (int)received - VirtioHeader.Size) ? 1 : 0;
        }

        return kept;
    }

    public int Send(ReadOnlySpan<PacketBuffer> frames)
    {
        int sent = 0;
        IoVector* vectors = stackalloc IoVector[2];
        vectors[0].Base = Unsafe.AsPointer(ref _header[0]);
        vectors[0].Length = VirtioHeader.Size;
        foreach (PacketBuffer frame in frames)
        {
            VirtioHeader.Write(frame.Offload, frame.Span, _header);
            vectors[1].Base = MessageBatch.AddressOf(frame, frame.Start);
            vectors[1].Length = (nuint)frame.Length;
            sent += SendOne(vectors, frame.Length) ? 1 : 0;
        }

        return sent;
    }

    public void Dispose()
    {
        _tap.Dispose();
        _socket.Dispose();
    }

    private static void Expect(int result, string operation)
    {
        if (result < 0)
        {
            throw DeviceException.FromLastError(operation);
        }
    }

    private bool Accept(PacketBuffer frame, int length)
    {
        if (length < EthernetHeaderSize)
        {
            Counters.ReceiveErrors++;
            return false;
        }

        frame.Reset(length);
        if (!VirtioHeader.TryRead(_header, length, out frame.Offload))
        {
            Counters.ReceiveErrors++;
            return false;
        }

        Counters.ReceivedFrames++;
        Counters.ReceivedBytes += length;
        return true;
    }

    private bool SendOne(IoVector* vectors, int length)
    {
        while (FileCalls.WriteVector(_tap.Value, vectors, 2) < 0)
        {
            int error = Errno.Last;
            if (error == Errno.EINTR)
            {
                continue;
            }

            if (error == Errno.EINVAL)
            {
                Counters.SendErrors++;
            }
            else
            {
                Counters.SendDropped++;
                NoteError(error);
            }

            return false;
        }

        Counters.SentFrames++;
        Counters.SentBytes += length;
        if (_state == DeviceState.Down)
        {
            _state = DeviceState.Up;
        }

        return true;
    }

    /// <summary>EIO: the interface is down. EBADFD: it was deleted. EAGAIN: nothing waits.</summary>
    private void NoteError(int error)
    {
        if (error == Errno.EBADFD)
        {
            _state = DeviceState.Gone;
        }
        else if (error == Errno.EIO)
        {
            Refresh();
        }
    }
}
