using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices;

public sealed unsafe partial class PacketSocketDevice
{
    private const int EthernetHeaderSize = 14;

    /// <summary>One control message, with struct tpacket_auxdata.</summary>
    private const int ControlSize = 40;

    private readonly MessageBatch _receive = new(BatchSize, vectors: 2, ControlSize);

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
            ushort protocol = (data->Status & PacketSocketCalls.TP_STATUS_VLAN_TPID_VALID) != 0 ? data->VlanProtocol : FrameTag.EtherType8021Q;
            FrameTag.Insert(frame, protocol, data->VlanTag);
        }
    }
}
