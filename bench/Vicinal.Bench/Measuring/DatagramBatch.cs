using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Vicinal.Bench.Measuring;

/// <summary>
/// Many UDP datagrams in one system call, sendmmsg(2) and recvmmsg(2), so that what a bench measures is the path and not its own calls.
/// One thread at a time; the memory is the batch's own until it is disposed.
/// </summary>
internal sealed unsafe partial class DatagramBatch : IDisposable
{
    /// <summary>MSG_DONTWAIT.</summary>
    private const int DontWait = 0x40;

    /// <summary>struct sockaddr_in.</summary>
    private const int AddressSize = 16;

    private readonly int _size;
    private readonly int _room;
    private readonly MessageHeader* _messages;
    private readonly Vector* _vectors;
    private readonly byte* _addresses;
    private readonly byte* _payloads;

    /// <param name="size">The most datagrams at once.</param>
    /// <param name="room">Bytes of each.</param>
    public DatagramBatch(int size, int room)
    {
        _size = size;
        _room = room;
        _messages = (MessageHeader*)NativeMemory.AllocZeroed((nuint)size, (nuint)sizeof(MessageHeader));
        _vectors = (Vector*)NativeMemory.AllocZeroed((nuint)size, (nuint)sizeof(Vector));
        _addresses = (byte*)NativeMemory.AllocZeroed((nuint)size, AddressSize);
        _payloads = (byte*)NativeMemory.AllocZeroed((nuint)size, (nuint)room);
        for (int i = 0; i < size; i++)
        {
            _vectors[i].Base = _payloads + (i * room);
            _messages[i].Vectors = &_vectors[i];
            _messages[i].VectorCount = 1;
        }
    }

    /// <summary>Sends datagrams of the batch's room to where the socket is connected, and returns how many the kernel took.</summary>
    public int Send(Socket socket, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _messages[i].Name = null;
            _messages[i].NameLength = 0;
            _vectors[i].Length = (nuint)_room;
        }

        return Math.Max(0, SendMany((int)socket.Handle, _messages, (uint)count, 0));
    }

    /// <summary>Takes what waits, without waiting; 0 when there is nothing.</summary>
    public int Receive(Socket socket)
    {
        for (int i = 0; i < _size; i++)
        {
            _messages[i].Name = _addresses + (i * AddressSize);
            _messages[i].NameLength = AddressSize;
            _vectors[i].Length = (nuint)_room;
        }

        return Math.Max(0, ReceiveMany((int)socket.Handle, _messages, (uint)_size, DontWait, null));
    }

    /// <summary>Sends the first datagrams of the last <see cref="Receive"/> back to where each came from.</summary>
    public void SendBack(Socket socket, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _vectors[i].Length = _messages[i].Length;
        }

        _ = SendMany((int)socket.Handle, _messages, (uint)count, 0);
    }

    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
        NativeMemory.Free(_addresses);
        NativeMemory.Free(_payloads);
    }

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    private static partial int SendMany(int socket, MessageHeader* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    private static partial int ReceiveMany(int socket, MessageHeader* messages, uint count, int flags, void* timeout);

    private struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct mmsghdr on 64-bit systems: a struct msghdr of 56 bytes, and what was sent or received.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
        public int Padding;
        public uint Length;
    }
}
