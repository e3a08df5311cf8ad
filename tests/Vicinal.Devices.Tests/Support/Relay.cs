using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Support;

/// <summary>Moves frames from one device to another and back on a thread, and tags or untags them with VLAN 42 on the way.</summary>
public sealed class Relay : IDisposable
{
    private readonly Thread _thread;
    private readonly Poller _poller = new();
    private volatile bool _stop;

    public Relay(
        IFrameDevice from, IFrameDevice to, IFrameDevice backFrom, IFrameDevice backTo,
        bool tagForward = false, bool untagForward = false, bool tagBack = false, bool untagBack = false)
    {
        _poller.Add(from.PollHandle, 0);
        _poller.Add(backFrom.PollHandle, 1);
        _thread = new Thread(() =>
        {
            PacketBuffer[] buffers = Frames.Buffers(32);
            PollEvent[] ready = new PollEvent[4];
            while (!_stop)
            {
                _poller.Wait(ready, 100);
                Move(from, to, buffers, tagForward, untagForward);
                Move(backFrom, backTo, buffers, tagBack, untagBack);
            }
        })
        {
            IsBackground = true,
        };
        _thread.Start();
    }

    public int LongestFrame { get; private set; }

    public void Dispose()
    {
        _stop = true;
        _poller.Wake();
        _thread.Join();
        _poller.Dispose();
    }

    private void Move(IFrameDevice from, IFrameDevice to, PacketBuffer[] buffers, bool tag, bool untag)
    {
        int count;
        while (!_stop && (count = from.Receive(buffers)) > 0)
        {
            int kept = 0;
            for (int i = 0; i < count; i++)
            {
                PacketBuffer frame = buffers[i];
                LongestFrame = Math.Max(LongestFrame, frame.Length);
                if (tag)
                {
                    FrameTag.Insert(frame, FrameTag.EtherType8021Q, 42);
                }
                else if (untag && !TryUntag(frame))
                {
                    continue;
                }

                (buffers[kept], buffers[i]) = (buffers[i], buffers[kept]);
                kept++;
            }

            to.Send(buffers.AsSpan(0, kept));
        }
    }

    private static bool TryUntag(PacketBuffer frame)
    {
        if (Frames.EtherTypeOf(frame) != FrameTag.EtherType8021Q || frame.Span[15] != 42)
        {
            return false;
        }

        frame.Span[..12].CopyTo(frame.Span[4..]);
        frame.Pull(4);
        frame.Offload.ChecksumStart -= (ushort)(frame.Offload.NeedsChecksum ? 4 : 0);
        frame.Offload.HeaderLength -= (ushort)(frame.Offload.Gso != GsoType.None ? 4 : 0);
        return true;
    }
}
