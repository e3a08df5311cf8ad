using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices.Tunnels;

public sealed unsafe partial class GreSocket
{
    private readonly MessageBatch _sending = new(BatchSize, vectors: 1, controlSize: ControlData.EntrySize);

    /// <summary>For each message that is built: the payload that it is of.</summary>
    private readonly int[] _owners = new int[BatchSize];

    private int _built;

    public TunnelSendStatus Send(PacketBuffer payload, in TunnelDeparture departure)
    {
        TunnelSendStatus status = default;
        Send(new ReadOnlySpan<PacketBuffer>(in payload), new ReadOnlySpan<TunnelDeparture>(in departure), new Span<TunnelSendStatus>(ref status));
        return status;
    }

    /// <summary>Each segment is a message: nothing in the kernel cuts what a raw socket sends.</summary>
    public int Send(ReadOnlySpan<PacketBuffer> payloads, ReadOnlySpan<TunnelDeparture> departures, Span<TunnelSendStatus> statuses)
    {
        // All are sent until one of their segments is not.
        statuses[..payloads.Length].Clear();
        for (int i = 0; i < payloads.Length; i++)
        {
            int length = payloads[i].Length;
            int step = departures[i].SegmentSize == 0 ? length : departures[i].SegmentSize;
            for (int at = 0; at < length; at += step)
            {
                Build(i, payloads[i], at, Math.Min(step, length - at), in departures[i]);
                if (_built == BatchSize)
                {
                    SendBuilt(statuses);
                }
            }
        }

        SendBuilt(statuses);
        int sent = 0;
        foreach (TunnelSendStatus status in statuses[..payloads.Length])
        {
            sent += status == TunnelSendStatus.Sent ? 1 : 0;
        }

        return sent;
    }

    private void Build(int owner, PacketBuffer payload, int offset, int length, in TunnelDeparture departure)
    {
        ref BatchedMessage message = ref _sending.Message(_built);
        ref IoVector vector = ref _sending.Vector(_built);
        vector.Base = MessageBatch.AddressOf(payload, payload.Start + offset);
        vector.Length = (nuint)length;
        message.Name = _sending.Address(_built);
        message.NameLength = UdpCalls.WriteAddress(_sending.Address(_built), departure.Remote, 0);
        message.Control = _sending.Control(_built);
        message.ControlLength = (nuint)OuterSocket.AppendTos(_sending.Control(_built), in departure);
        _owners[_built++] = owner;
    }

    /// <summary>sendmmsg stops at the first message that fails: that one is counted, and the payload is as its worst segment is.</summary>
    private void SendBuilt(Span<TunnelSendStatus> statuses)
    {
        int next = 0;
        while (next < _built)
        {
            int done = SocketCalls.SendMany(_sender.Value, _sending.First + next, (uint)(_built - next), SocketCalls.MSG_DONTWAIT);
            int error = done < 0 ? Errno.Last : Errno.Success;
            if (error == Errno.EINTR)
            {
                continue;
            }

            for (int i = next; i < next + Math.Max(done, 1); i++)
            {
                TunnelSendStatus status = OuterSocket.Count(Counters, error, (int)_sending.Vector(i).Length, 1);
                if (status != TunnelSendStatus.Sent)
                {
                    statuses[_owners[i]] = status;
                }
            }

            next += Math.Max(done, 1);
        }

        _built = 0;
    }
}
