using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Devices.Native;

/// <summary>
/// The arrays that recvmmsg(2) and sendmmsg(2) work on, allocated once at fixed addresses: per message a struct mmsghdr, some vectors, room for
/// a small header of our own, an address and control data.
/// </summary>
internal sealed unsafe class MessageBatch
{
    public const int HeaderSize = 16;
    public const int AddressSize = 32;

    private readonly BatchedMessage[] _messages;
    private readonly IoVector[] _vectors;
    private readonly byte[] _headers;
    private readonly byte[] _addresses;
    private readonly byte[] _control;

    public MessageBatch(int size, int vectors, int controlSize)
    {
        Size = size;
        VectorsPerMessage = vectors;
        ControlSize = controlSize;
        _messages = GC.AllocateArray<BatchedMessage>(size, pinned: true);
        _vectors = GC.AllocateArray<IoVector>(size * vectors, pinned: true);
        _headers = GC.AllocateArray<byte>(size * HeaderSize, pinned: true);
        _addresses = GC.AllocateArray<byte>(size * AddressSize, pinned: true);
        _control = GC.AllocateArray<byte>(Math.Max(size * controlSize, 1), pinned: true);
        for (int i = 0; i < size; i++)
        {
            Message(i).Vectors = VectorPointer(i * vectors);
            Message(i).VectorCount = (nuint)vectors;
        }
    }

    public int Size { get; }

    public int VectorsPerMessage { get; }

    public int ControlSize { get; }

    public BatchedMessage* First => Pointer(_messages);

    public ref BatchedMessage Message(int index) => ref _messages[index];

    /// <summary>Vectors are numbered through the batch, so a message may use those that belong to its successors.</summary>
    public ref IoVector Vector(int index) => ref _vectors[index];

    public IoVector* VectorPointer(int index) => Pointer(_vectors) + index;

    public byte* Header(int index) => Pointer(_headers) + (index * HeaderSize);

    public byte* Address(int index) => Pointer(_addresses) + (index * AddressSize);

    public byte* Control(int index) => Pointer(_control) + (index * ControlSize);

    public Span<byte> ControlBytes(int index) => new(Control(index), ControlSize);

    /// <summary>The address of the frame's first byte; buffers are pinned for life (see <see cref="PacketBuffer"/>).</summary>
    public static byte* AddressOf(PacketBuffer frame, int offset) =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(frame.Bytes)) + offset;

    private static T* Pointer<T>(T[] pinned)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
}
