using System.Runtime.InteropServices;

namespace Vicinal.Devices.Native;

/// <summary>socket(2) and what is done with its result.</summary>
internal static unsafe partial class SocketCalls
{
    public const int AF_INET = 2;
    public const int AF_INET6 = 10;
    public const int AF_NETLINK = 16;
    public const int AF_PACKET = 17;

    public const int SOCK_DGRAM = 2;
    public const int SOCK_RAW = 3;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOCK_CLOEXEC = 0x80000;

    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_CTRUNC = 0x08;

    public const int SOL_SOCKET = 1;
    public const int SO_ERROR = 4;
    public const int SO_SNDBUF = 7;
    public const int SO_RCVBUF = 8;
    public const int SO_PRIORITY = 12;
    public const int SO_ATTACH_FILTER = 26;
    public const int SO_RCVTIMEO = 20;
    public const int SO_SNDBUFFORCE = 32;
    public const int SO_RCVBUFFORCE = 33;
    public const int SO_MARK = 36;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int fd, void* address, uint length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int fd, void* address, uint length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSocketName(int fd, void* address, uint* length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int fd, int level, int name, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(int fd, int level, int name, void* value, uint* length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, void* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    public static partial nint SendTo(int fd, void* buffer, nuint length, int flags, void* address, uint addressLength);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int fd, void* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    public static partial nint ReceiveFrom(int fd, void* buffer, nuint length, int flags, void* address, uint* addressLength);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMany(int fd, BatchedMessage* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMany(int fd, BatchedMessage* messages, uint count, int flags, void* timeout);

    public static bool TrySetOption(int fd, int level, int name, int value) => SetOption(fd, level, name, &value, sizeof(int)) == 0;

    public static void SetOption(int fd, int level, int name, int value, string operation)
    {
        if (!TrySetOption(fd, level, name, value))
        {
            throw DeviceException.FromLastError(operation);
        }
    }

    public static int GetOption(int fd, int level, int name)
    {
        int value = 0;
        uint length = sizeof(int);
        return GetOption(fd, level, name, &value, &length) == 0 ? value : -1;
    }

    /// <summary>The FORCE options pass the system's limits where we have CAP_NET_ADMIN in the first user namespace; otherwise take what is allowed.</summary>
    public static void SetBuffers(int fd, int receiveBytes, int sendBytes)
    {
        if (!TrySetOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBytes))
        {
            _ = TrySetOption(fd, SOL_SOCKET, SO_RCVBUF, receiveBytes);
        }

        if (!TrySetOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, sendBytes))
        {
            _ = TrySetOption(fd, SOL_SOCKET, SO_SNDBUF, sendBytes);
        }
    }
}

/// <summary>struct mmsghdr: a struct msghdr and the length that came out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BatchedMessage
{
    public void* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
    private readonly uint _endOfHeader;

    /// <summary>Bytes received or sent, set by the kernel.</summary>
    public uint Length;
    private readonly uint _endOfMessage;
}

/// <summary>struct cmsghdr; its data follows, aligned to eight bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlHeader
{
    public nuint Length;
    public int Level;
    public int Type;
}
