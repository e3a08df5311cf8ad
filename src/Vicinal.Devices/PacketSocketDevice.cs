using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices;

/// <summary>
/// An interface of this network namespace (the host side of an instance's veth, a NIC) by an AF_PACKET socket. It sees the interface's
/// incoming frames before tc and nftables do, so a guard that drops them there keeps them from the host alone. Checksums and GSO stay
/// undone in both directions (PACKET_VNET_HDR), and a VLAN tag that the kernel took out is put back.
/// </summary>
public sealed unsafe class PacketSocketDevice : IFrameDevice
{
    private const int BatchSize = 64;
    private const int EthernetHeaderSize = 14;

    private readonly Descriptor _socket;
    private readonly MessageBatch _receive = new(BatchSize, vectors: 2, controlSize: 40);
    private readonly MessageBatch _send = new(BatchSize, vectors: 2, controlSize: 0);

    // Written by the device's thread, read by any.
    private volatile DeviceState _state;

    private PacketSocketDevice(Descriptor socket, string name, int index)
    {
        _socket = socket;
        Name = name;
        InterfaceIndex = index;
        MacAddress = InterfaceCalls.MacOf(socket.Value, name);
        Mtu = InterfaceCalls.MtuOf(socket.Value, name);
        _state = InterfaceCalls.IsUp(socket.Value, name) ? DeviceState.Up : DeviceState.Down;
    }

    public string Name { get; private set; }

    public int InterfaceIndex { get; }

    public MacAddress MacAddress { get; private set; }

    public int Mtu { get; private set; }

    public int PollHandle => _socket.Value;

    public DeviceState State => _state;

    public DeviceCounters Counters { get; } = new();

    /// <summary>Opens the interface of that name in the calling thread's network namespace; needs CAP_NET_RAW there.</summary>
    public static PacketSocketDevice Open(string name, PacketSocketOptions? options = null)
    {
        options ??= new PacketSocketOptions();
        return Open(name, options, options.IgnoredMark == 0 ? [] : PacketFilters.WithoutMark(options.IgnoredMark), hearOutgoing: false);
    }

    /// <summary>With a filter of the caller's, and on request with the frames that others send on the interface.</summary>
    internal static PacketSocketDevice Open(string name, PacketSocketOptions options, ReadOnlySpan<ClassicInstruction> filter, bool hearOutgoing)
    {
        string operation = $"open a packet socket on {name}";

        // Protocol 0 hears nothing: no frame of another interface gets in before bind.
        Descriptor socket = Descriptor.Own(
            SocketCalls.Socket(SocketCalls.AF_PACKET, SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC | SocketCalls.SOCK_NONBLOCK, 0), operation);
        try
        {
            int fd = socket.Value;
            int index = InterfaceCalls.IndexOf(fd, name);
            if (index == 0)
            {
                throw new DeviceException(operation, Errno.ENODEV);
            }

            Configure(fd, index, options, hearOutgoing);
            if (!filter.IsEmpty)
            {
                ClassicBpf.Attach(fd, filter);
            }

            PacketSocketCalls.Bind(fd, index, operation);
            return new PacketSocketDevice(socket, name, index);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks the kernel for name, MAC, MTU and state again; call it when the link monitor reports a change.</summary>
    public void Refresh()
    {
        string? name = InterfaceCalls.NameOf(_socket.Value, InterfaceIndex);
        if (name is null)
        {
            _state = DeviceState.Gone;
            return;
        }

        Name = name;
        MacAddress = InterfaceCalls.MacOf(_socket.Value, name);
        Mtu = InterfaceCalls.MtuOf(_socket.Value, name);
        _state = InterfaceCalls.IsUp(_socket.Value, name) ? DeviceState.Up : DeviceState.Down;
    }

    /// <summary>Frames that the kernel could not queue here, since the last call.</summary>
    public long TakeKernelDrops() => PacketSocketCalls.TakeDropCount(_socket.Value);

    /// <summary>Swaps the filter in one step.</summary>
    internal void SetFilter(ReadOnlySpan<ClassicInstruction> filter) => ClassicBpf.Attach(_socket.Value, filter);

    public int Receive(Span<PacketBuffer> frames)
    {
        int wanted = Math.Min(frames.Length, BatchSize);
        for (int i = 0; i < wanted; i++)
        {
            ref BatchedMessage message = ref _receive.Message(i);
            message.Control = _receive.Control(i);
            message.ControlLength = (nuint)_receive.ControlSize;
            ref IoVector header = ref _receive.Vector(2 * i);
            header.Base = _receive.Header(i);
            header.Length = VirtioHeader.Size;
            ref IoVector body = ref _receive.Vector((2 * i) + 1);
            body.Base = MessageBatch.AddressOf(frames[i], PacketBuffer.Headroom);
            body.Length = (nuint)frames[i].Room.Length;
        }

        int received = SocketCalls.ReceiveMany(_socket.Value, _receive.First, (uint)wanted, SocketCalls.MSG_DONTWAIT, null);
        if (received < 0)
        {
            NoteError(Errno.Last);
            return 0;
        }

        int kept = 0;
        for (int i = 0; i < received; i++)
        {
            if (Accept(i, frames[i]))
            {
                (frames[kept], frames[i]) = (frames[i], frames[kept]);
                kept++;
            }
        }

        return kept;
    }

    public int Send(ReadOnlySpan<PacketBuffer> frames)
    {
        int sent = 0;
        for (int start = 0; start < frames.Length; start += BatchSize)
        {
            sent += SendBatch(frames.Slice(start, Math.Min(BatchSize, frames.Length - start)));
        }

        return sent;
    }

    public void Dispose() => _socket.Dispose();

    private static void Configure(int fd, int index, PacketSocketOptions options, bool hearOutgoing)
    {
        SocketCalls.SetBuffers(fd, options.ReceiveBufferBytes, options.SendBufferBytes);
        SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
        SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_AUXDATA, 1, "PACKET_AUXDATA");
        if (!hearOutgoing)
        {
            SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
        }

        if (options.BypassQueueingDiscipline)
        {
            SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
        }

        if (options.SendMark != 0)
        {
            SocketCalls.SetOption(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_MARK, unchecked((int)options.SendMark), "SO_MARK");
        }

        if (options.Promiscuous)
        {
            PacketSocketCalls.SetPromiscuous(fd, index);
        }
    }

    private bool Accept(int index, PacketBuffer frame)
    {
        ref BatchedMessage message = ref _receive.Message(index);
        int length = (int)message.Length - VirtioHeader.Size;
        if ((message.Flags & SocketCalls.MSG_TRUNC) != 0 || length < EthernetHeaderSize)
        {
            Counters.ReceiveErrors++;
            return false;
        }

        frame.Reset(length);
        if (!VirtioHeader.TryRead(new ReadOnlySpan<byte>(_receive.Header(index), VirtioHeader.Size), length, out frame.Offload))
        {
            Counters.ReceiveErrors++;
            return false;
        }

        RestoreVlanTag(frame, _receive.Control(index), (int)message.ControlLength);
        Counters.ReceivedFrames++;
        Counters.ReceivedBytes += frame.Length;
        return true;
    }

    private static void RestoreVlanTag(PacketBuffer frame, byte* control, int controlLength)
    {
        if (controlLength < sizeof(ControlHeader) + sizeof(PacketAuxiliaryData))
        {
            return;
        }

        ControlHeader* header = (ControlHeader*)control;
        if (header->Level != PacketSocketCalls.SOL_PACKET || header->Type != PacketSocketCalls.PACKET_AUXDATA)
        {
            return;
        }

        PacketAuxiliaryData* data = (PacketAuxiliaryData*)(control + sizeof(ControlHeader));
        if ((data->Status & PacketSocketCalls.TP_STATUS_VLAN_VALID) != 0)
        {
            ushort protocol = (data->Status & PacketSocketCalls.TP_STATUS_VLAN_TPID_VALID) != 0 ? data->VlanProtocol : VlanTag.EtherType8021Q;
            VlanTag.Insert(frame, protocol, data->VlanTag);
        }
    }

    private int SendBatch(ReadOnlySpan<PacketBuffer> frames)
    {
        for (int i = 0; i < frames.Length; i++)
        {
            PacketBuffer frame = frames[i];
            VirtioHeader.Write(frame.Offload, frame.Span, new Span<byte>(_send.Header(i), VirtioHeader.Size));
            ref IoVector header = ref _send.Vector(2 * i);
            header.Base = _send.Header(i);
            header.Length = VirtioHeader.Size;
            ref IoVector body = ref _send.Vector((2 * i) + 1);
            body.Base = MessageBatch.AddressOf(frame, frame.Start);
            body.Length = (nuint)frame.Length;
        }

        int taken = 0;
        int next = 0;
        bool retried = false;
        while (next < frames.Length)
        {
            // sendmmsg stops at the first frame that fails: that one is counted and skipped.
            int sent = SocketCalls.SendMany(_socket.Value, _send.First + next, (uint)(frames.Length - next), SocketCalls.MSG_DONTWAIT);
            if (sent > 0)
            {
                CountSent(frames.Slice(next, sent));
                taken += sent;
                next += sent;
                continue;
            }

            int error = Errno.Last;
            if (error == Errno.EINTR)
            {
                continue;
            }

            if (error is Errno.EAGAIN or Errno.ENETDOWN or Errno.ENXIO or Errno.ENODEV)
            {
                NoteError(error);
                if (error == Errno.ENETDOWN && _state == DeviceState.Up && !retried)
                {
                    // An old error was pending, and the link is up again meanwhile.
                    retried = true;
                    continue;
                }

                Counters.SendDropped += frames.Length - next;
                break;
            }

            CountRefused(error);
            next++;
        }

        return taken;
    }

    private void CountSent(ReadOnlySpan<PacketBuffer> frames)
    {
        foreach (PacketBuffer frame in frames)
        {
            Counters.SentFrames++;
            Counters.SentBytes += frame.Length;
        }

        if (_state == DeviceState.Down)
        {
            _state = DeviceState.Up;
        }
    }

    private void CountRefused(int error)
    {
        // ENOBUFS: the queueing discipline or the peer's queue was full.
        if (error == Errno.ENOBUFS)
        {
            Counters.SendDropped++;
        }
        else
        {
            Counters.SendErrors++;
        }
    }

    /// <summary>
    /// A packet socket says ENETDOWN both when its interface goes down and when it vanishes, and once only on reading; so ask which it was.
    /// </summary>
    private void NoteError(int error)
    {
        if (error is Errno.ENXIO or Errno.ENODEV)
        {
            _state = DeviceState.Gone;
        }
        else if (error == Errno.ENETDOWN)
        {
            // Reading the pending error clears it; otherwise the first frame after the link is up again would fail.
            _ = SocketCalls.GetOption(_socket.Value, SocketCalls.SOL_SOCKET, SocketCalls.SO_ERROR);
            Refresh();
        }
    }
}
