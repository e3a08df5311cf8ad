using System.Runtime.InteropServices;
using Vicinal.Devices.Native;

namespace Vicinal.Devices.Netlink;

/// <summary>
/// A netlink socket in the network namespace of the thread that opens it. Requests are answered by the kernel before send(2) returns, so waiting for
/// an answer never takes long; a time limit guards against a lost one all the same.
/// </summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    public const ushort NLM_F_REQUEST = 0x1;
    public const ushort NLM_F_ACK = 0x4;
    public const ushort NLM_F_REPLACE = 0x100;
    public const ushort NLM_F_EXCL = 0x200;
    public const ushort NLM_F_CREATE = 0x400;
    public const ushort NLM_F_APPEND = 0x800;
    public const ushort NLM_F_DUMP = 0x300;
    public const ushort NLM_F_DUMP_INTR = 0x10;

    private const ushort NLMSG_ERROR = 2;
    private const ushort NLMSG_DONE = 3;
    private const ushort NLM_F_CAPPED = 0x100;
    private const ushort NLM_F_ACK_TLVS = 0x200;
    private const ushort NLMSGERR_ATTR_MSG = 1;
    private const int AnswerSeconds = 5;

    /// <summary>How often a dump that changed underneath is started again before its inconsistency is accepted.</summary>
    private const int DumpAttempts = 5;

    private readonly Descriptor _socket;
    private readonly byte[] _buffer = new byte[64 << 10];

    public NetlinkSocket(int protocol, int receiveBytes = 1 << 20)
    {
        _socket = Descriptor.Own(
            SocketCalls.Socket(SocketCalls.AF_NETLINK, SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC, protocol), "open a netlink socket");
        SocketCalls.SetBuffers(_socket.Value, receiveBytes, receiveBytes);
        long* limit = stackalloc long[2] { AnswerSeconds, 0 };
        _ = SocketCalls.SetOption(_socket.Value, SocketCalls.SOL_SOCKET, SocketCalls.SO_RCVTIMEO, limit, 16);
        _ = SocketCalls.TrySetOption(_socket.Value, NetlinkCalls.SOL_NETLINK, NetlinkCalls.NETLINK_EXT_ACK, 1);
        NetlinkCalls.Bind(_socket.Value);
    }

    /// <summary>Called for each message of an answer; the body is a view into the socket's buffer.</summary>
    public delegate void MessageHandler(ushort type, ReadOnlySpan<byte> body);

    public int Handle => _socket.Value;

    public uint LastSequence { get; private set; }

    public uint NextSequence() => ++LastSequence;

    public void Join(uint group) =>
        SocketCalls.SetOption(_socket.Value, NetlinkCalls.SOL_NETLINK, NetlinkCalls.NETLINK_ADD_MEMBERSHIP, (int)group, "join a netlink group");

    /// <summary>
    /// Sends what was written and waits for the acknowledgement of <paramref name="lastSequence"/>; throws the kernel's error. Messages that come
    /// before it go to <paramref name="handle"/>.
    /// </summary>
    public void Transact(NetlinkMessage message, uint firstSequence, uint lastSequence, string operation, MessageHandler? handle = null)
    {
        Send(message, operation);
        DeviceException? failure = null;
        while (true)
        {
            int length = Receive(operation);
            NetlinkReader reader = new(_buffer.AsSpan(0, length));
            while (reader.Next())
            {
                if (reader.Sequence < firstSequence || reader.Sequence > lastSequence)
                {
                    continue;
                }

                if (reader.Type != NLMSG_ERROR)
                {
                    handle?.Invoke(reader.Type, reader.Body);
                    continue;
                }

                // The first failure is the cause; a batch goes on and reports those that follow from it.
                failure ??= FailureOf(reader, operation);
                if (reader.Sequence == lastSequence || (failure is not null && reader.Sequence == firstSequence))
                {
                    if (failure is not null)
                    {
                        throw failure;
                    }

                    return;
                }
            }
        }
    }

    /// <summary>
    /// Sends one dump request, which <paramref name="write"/> writes under the sequence given, and hands on its messages. A dump during
    /// which the tables changed (NLM_F_DUMP_INTR) is begun again after <paramref name="restart"/>.
    /// </summary>
    public void Dump(Action<NetlinkMessage, uint> write, MessageHandler handle, Action restart, string operation)
    {
        for (int attempt = 1; ; attempt++)
        {
            uint sequence = NextSequence();
            NetlinkMessage request = new();
            write(request, sequence);
            Send(request, operation);
            if (ReadDump(sequence, handle, operation) || attempt == DumpAttempts)
            {
                return;
            }

            restart();
        }
    }

    /// <summary>Receives one datagram that waits, without waiting. 0: none; otherwise -errno on failure.</summary>
    public int TryReceive(out ReadOnlySpan<byte> datagram)
    {
        int length = NetlinkCalls.Receive(_socket.Value, _buffer, SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_TRUNC, out uint sender);
        datagram = default;
        if (length < 0)
        {
            int error = Errno.Last;
            return error is Errno.EAGAIN or Errno.EINTR ? 0 : -error;
        }

        if (length > _buffer.Length)
        {
            return -Errno.ENOBUFS;
        }

        // Another process can send to our port; only the kernel is believed. An empty view is not an end.
        datagram = sender == 0 ? _buffer.AsSpan(0, length) : default;
        return 1;
    }

    public void Dispose() => _socket.Dispose();

    private bool ReadDump(uint sequence, MessageHandler handle, string operation)
    {
        bool consistent = true;
        while (true)
        {
            int length = Receive(operation);
            NetlinkReader reader = new(_buffer.AsSpan(0, length));
            while (reader.Next())
            {
                if (reader.Sequence != sequence)
                {
                    continue;
                }

                consistent &= (reader.Flags & NLM_F_DUMP_INTR) == 0;
                if (reader.Type == NLMSG_DONE)
                {
                    return consistent;
                }

                if (reader.Type == NLMSG_ERROR)
                {
                    throw FailureOf(reader, operation) ?? new DeviceException(operation, Errno.EIO);
                }

                handle(reader.Type, reader.Body);
            }
        }
    }

    private void Send(NetlinkMessage message, string operation)
    {
        fixed (byte* first = message.Written)
        {
            if (SocketCalls.Send(_socket.Value, first, (nuint)message.Length, 0) < 0)
            {
                throw DeviceException.FromLastError(operation);
            }
        }
    }

    private int Receive(string operation)
    {
        while (true)
        {
            int length = NetlinkCalls.Receive(_socket.Value, _buffer, SocketCalls.MSG_TRUNC, out uint sender);
            if (length < 0)
            {
                int error = Errno.Last;
                if (error == Errno.EINTR)
                {
                    continue;
                }

                throw new DeviceException(operation, error == Errno.EAGAIN ? Errno.ETIMEDOUT : error);
            }

            if (sender == 0)
            {
                return Math.Min(length, _buffer.Length);
            }
        }
    }

    /// <summary>struct nlmsgerr: the negative errno, the request's header, and with NLM_F_ACK_TLVS the kernel's words.</summary>
    private static DeviceException? FailureOf(in NetlinkReader reader, string operation)
    {
        ReadOnlySpan<byte> body = reader.Body;
        if (body.Length < 20)
        {
            return new DeviceException(operation, Errno.EIO, "short netlink answer");
        }

        int error = -MemoryMarshal.Read<int>(body);
        if (error == 0)
        {
            return null;
        }

        string? words = null;
        if ((reader.Flags & NLM_F_ACK_TLVS) != 0)
        {
            uint echoed = (reader.Flags & NLM_F_CAPPED) != 0 ? 16 : MemoryMarshal.Read<uint>(body[4..]);
            int skip = 4 + (int)Math.Min(echoed, (uint)body.Length);
            AttributeReader attributes = new(body[Math.Min(NetlinkMessage.Align(skip), body.Length)..]);
            while (attributes.Next())
            {
                words = attributes.Type == NLMSGERR_ATTR_MSG ? attributes.String : words;
            }
        }

        return new DeviceException(operation, error, words);
    }
}
