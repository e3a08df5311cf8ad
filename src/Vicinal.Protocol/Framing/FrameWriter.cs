using System.Buffers.Binary;
using Google.Protobuf;

namespace Vicinal.Protocol.Framing;

/// <summary>A message behind its length, ready to be written to any number of streams.</summary>
public static class FrameWriter
{
    /// <exception cref="WireFault">The message is over the limit, so that no reader would take it.</exception>
    public static ReadOnlyMemory<byte> Frame(IMessage message, int limit = FrameReader.DefaultLimit)
    {
        int size = message.CalculateSize();
        if (size > limit)
        {
            throw new WireFault($"a message of {size} octets; the limit is {limit}");
        }

        byte[] frame = new byte[FrameReader.HeaderSize + size];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)size);
        message.WriteTo(frame.AsSpan(FrameReader.HeaderSize));
        return frame;
    }
}
