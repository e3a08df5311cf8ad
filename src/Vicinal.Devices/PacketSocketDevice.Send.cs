using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices;

public sealed unsafe partial class PacketSocketDevice
{
    private readonly MessageBatch _send = new(BatchSize, vectors: 2, controlSize: 0);

    public int Send(ReadOnlySpan<PacketBuffer> frames)
    {
        int sent = 0;
        for (int start = 0; start < frames.Length; start += BatchSize)
        {
            sent += SendBatch(frames.Slice(start, Math.Min(BatchSize, frames.Length - start)));
        }

        return sent;
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
}
