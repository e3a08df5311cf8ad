using Vicinal.Packets;

namespace Vicinal.Datapath.Fragments;

/// <summary>
/// Buffers for packets that wait, in three sizes so that a small packet holds little. Who is given one owns it until it is returned.
/// A bound on their number belongs to who takes them; returned ones are kept for the next.
/// </summary>
public sealed class PacketPool
{
    private static readonly int[] s_sizes = [2048, 16384, 65536 + 256];

    private readonly Stack<PacketBuffer>[] _free = [new(64), new(16), new(4)];

    /// <summary>Bytes of all buffers that are out.</summary>
    public long BytesOut { get; private set; }

    /// <summary>The room, behind the headroom, that a packet of so many bytes would get.</summary>
    public static int RoomFor(int length) => s_sizes[ClassOf(length)];

    /// <summary>Room for <paramref name="length"/> bytes, at most 65,792. What is in it is noise.</summary>
    public PacketBuffer Take(int length)
    {
        int size = ClassOf(length);
        PacketBuffer buffer = _free[size].TryPop(out PacketBuffer? free) ? free : new PacketBuffer(PacketBuffer.Headroom + s_sizes[size]);
        BytesOut += s_sizes[size];
        return buffer;
    }

    public void Return(PacketBuffer buffer)
    {
        int size = ClassOf(buffer.Bytes.Length - PacketBuffer.Headroom);
        BytesOut -= s_sizes[size];
        _free[size].Push(buffer);
    }

    private static int ClassOf(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, s_sizes[^1]);
        return length <= s_sizes[0] ? 0 : length <= s_sizes[1] ? 1 : 2;
    }
}
