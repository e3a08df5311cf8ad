using System.Numerics;
using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices.Tunnels;

public sealed unsafe partial class TunnelSocket
{
    /// <summary>Bits of the mask of sockets in use.</summary>
    private const int MaxSendPorts = 32;

    /// <summary>UDP_MAX_SEGMENTS of kernels before 6.9.</summary>
    private const int MaxSegments = 64;

    /// <summary>What fits into one IP packet, with the outer headers.</summary>
    private const int MaxSegmentedBytes = 65_400;

    private readonly MessageBatch _sending = new(BatchSize, vectors: 1, controlSize: 2 * ControlData.EntrySize);
    private readonly MessageBatch _single = new(1, vectors: 1, controlSize: 2 * ControlData.EntrySize);

    /// <summary>For each message that is built: its first and last payload, as indexes into _members.</summary>
    private readonly (int First, int Count)[] _groups = new (int, int)[BatchSize];

    /// <summary>Payload indexes, in the order of the messages.</summary>
    private readonly int[] _members = new int[BatchSize];

    public int Send(ReadOnlySpan<PacketBuffer> payloads, ReadOnlySpan<TunnelDeparture> departures, Span<TunnelSendStatus> statuses)
    {
        int sent = 0;
        for (int start = 0; start < payloads.Length; start += BatchSize)
        {
            int count = Math.Min(BatchSize, payloads.Length - start);
            sent += SendBatch(payloads.Slice(start, count), departures.Slice(start, count), statuses.Slice(start, count));
        }

        return sent;
    }

    public TunnelSendStatus Send(PacketBuffer payload, in TunnelDeparture departure)
    {
        TunnelSendStatus status = default;
        Send(new ReadOnlySpan<PacketBuffer>(in payload), new ReadOnlySpan<TunnelDeparture>(in departure), new Span<TunnelSendStatus>(ref status));
        return status;
    }

    private int SendBatch(ReadOnlySpan<PacketBuffer> payloads, ReadOnlySpan<TunnelDeparture> departures, Span<TunnelSendStatus> statuses)
    {
        uint used = 0;
        foreach (ref readonly TunnelDeparture departure in departures)
        {
            used |= 1u << SenderFor(departure.FlowHash);
        }

        int sent = 0;
        for (; used != 0; used &= used - 1)
        {
            int sender = BitOperations.TrailingZeroCount(used);
            int messages = BuildMessages(sender, payloads, departures);
            sent += SendMessages(_senders[sender].Value, messages, payloads, departures, statuses);
        }

        return sent;
    }

    /// <summary>A multiplicative hash, since callers' hashes may be weak in their low bits.</summary>
    private int SenderFor(uint flowHash) => (int)(((ulong)(flowHash * 0x9E37_79B1u) * (ulong)_senders.Length) >> 32);

    /// <summary>Makes a message of each run of payloads that UDP_SEGMENT can send together.</summary>
    private int BuildMessages(int sender, ReadOnlySpan<PacketBuffer> payloads, ReadOnlySpan<TunnelDeparture> departures)
    {
        int messages = 0;
        int members = 0;

        // Of the message that may still grow: its first payload, or -1, and its bytes.
        int head = -1;
        int total = 0;
        for (int i = 0; i < payloads.Length; i++)
        {
            if (SenderFor(departures[i].FlowHash) != sender)
            {
                continue;
            }

            int length = payloads[i].Length;
            if (head >= 0 && Joins(head, i, _groups[messages - 1].Count, total + length, payloads, departures))
            {
                _groups[messages - 1].Count++;
                total += length;
            }
            else
            {
                _groups[messages++] = (members, 1);
                head = i;
                total = length;
            }

            if (length < payloads[head].Length)
            {
                // A segment shorter than the first must be the last.
                head = -1;
            }

            ref IoVector vector = ref _sending.Vector(members);
            vector.Base = MessageBatch.AddressOf(payloads[i], payloads[i].Start);
            vector.Length = (nuint)length;
            _members[members++] = i;
        }

        for (int m = 0; m < messages; m++)
        {
            int first = _members[_groups[m].First];
            WriteMessage(m, departures[first], _groups[m].Count > 1 ? payloads[first].Length : SegmentSizeOf(payloads[first], departures[first]));
        }

        return messages;
    }

    private static int SegmentSizeOf(PacketBuffer payload, in TunnelDeparture departure) =>
        departure.SegmentSize < payload.Length ? departure.SegmentSize : 0;

    private static bool Joins(
        int first, int next, int count, int total, ReadOnlySpan<PacketBuffer> payloads, ReadOnlySpan<TunnelDeparture> departures)
    {
        ref readonly TunnelDeparture a = ref departures[first];
        ref readonly TunnelDeparture b = ref departures[next];
        return count < MaxSegments && total <= MaxSegmentedBytes && payloads[next].Length <= payloads[first].Length
            && a.SegmentSize == 0 && b.SegmentSize == 0 && a.Tos == b.Tos && a.Remote == b.Remote;
    }

    private void WriteMessage(int index, in TunnelDeparture departure, int segmentSize)
    {
        ref BatchedMessage message = ref _sending.Message(index);
        message.Vectors = _sending.VectorPointer(_groups[index].First);
        message.VectorCount = (nuint)_groups[index].Count;
        message.Name = _sending.Address(index);
        message.NameLength = UdpCalls.WriteAddress(_sending.Address(index), departure.Remote, Port);
        message.Control = _sending.Control(index);
        message.ControlLength = (nuint)WriteControl(_sending.Control(index), departure, segmentSize);
    }

    private static int WriteControl(byte* control, in TunnelDeparture departure, int segmentSize)
    {
        int used = OuterSocket.AppendTos(control, in departure);
        if (segmentSize > 0)
        {
            ushort size = (ushort)segmentSize;
            used = ControlData.Append(control, used, UdpCalls.IPPROTO_UDP, UdpCalls.UDP_SEGMENT, &size, sizeof(ushort));
        }

        return used;
    }

    private int SendMessages(
        int socket, int messages, ReadOnlySpan<PacketBuffer> payloads, ReadOnlySpan<TunnelDeparture> departures, Span<TunnelSendStatus> statuses)
    {
        int next = 0;
        int sent = 0;
        while (next < messages)
        {
            int done = SocketCalls.SendMany(socket, _sending.First + next, (uint)(messages - next), SocketCalls.MSG_DONTWAIT);
            if (done < 0 && Errno.Last == Errno.EINTR)
            {
                continue;
            }

            int error = done < 0 ? Errno.Last : Errno.Success;
            for (int m = next; m < next + Math.Max(done, 1); m++)
            {
                (int first, int count) = _groups[m];
                for (int i = first; i < first + count; i++)
                {
                    int payload = _members[i];
                    statuses[payload] = Finish(socket, error, count > 1, payloads[payload], departures[payload]);
                    sent += statuses[payload] == TunnelSendStatus.Sent ? 1 : 0;
                }
            }

            next += Math.Max(done, 1);
        }

        return sent;
    }

    /// <summary>
    /// EINVAL and EIO on a segmented send mean that the segments exceed the MTU (kernels before 6.14), or that the way out cannot segment. Each payload is then sent by
    /// itself, and its own error counts; so too when payloads that were joined are too big, since the last may be small enough.
    /// </summary>
    private TunnelSendStatus Finish(int socket, int error, bool joined, PacketBuffer payload, in TunnelDeparture departure)
    {
        int segmentSize = SegmentSizeOf(payload, departure);
        bool segmented = joined || segmentSize > 0;
        if ((segmented && error is (Errno.EINVAL or Errno.EIO)) || (joined && error == Errno.EMSGSIZE))
        {
            return SendSingly(socket, payload, departure, segmentSize);
        }

        return OuterSocket.Count(Counters, error, payload.Length, segmentSize == 0 ? 1 : (payload.Length + segmentSize - 1) / segmentSize);
    }

    private TunnelSendStatus SendSingly(int socket, PacketBuffer payload, in TunnelDeparture departure, int segmentSize)
    {
        TunnelSendStatus worst = TunnelSendStatus.Sent;
        int step = segmentSize == 0 ? payload.Length : segmentSize;
        for (int offset = 0; offset < payload.Length; offset += step)
        {
            int length = Math.Min(step, payload.Length - offset);
            ref IoVector vector = ref _single.Vector(0);
            vector.Base = MessageBatch.AddressOf(payload, payload.Start + offset);
            vector.Length = (nuint)length;
            ref BatchedMessage message = ref _single.Message(0);
            message.Name = _single.Address(0);
            message.NameLength = UdpCalls.WriteAddress(_single.Address(0), departure.Remote, Port);
            message.Control = _single.Control(0);
            message.ControlLength = (nuint)WriteControl(_single.Control(0), departure, 0);
            int error = SocketCalls.SendMany(socket, _single.First, 1, SocketCalls.MSG_DONTWAIT) == 1 ? Errno.Success : Errno.Last;
            TunnelSendStatus status = OuterSocket.Count(Counters, error, length, 1);
            worst = status == TunnelSendStatus.Sent ? worst : status;
        }

        return worst;
    }
}
