using System.Runtime.InteropServices;
using System.Text;
using Vicinal.Packets;

namespace Vicinal.Devices.Native;

/// <summary>ioctl(2) on struct ifreq: what a device asks about its interface, in the namespace that its socket belongs to.</summary>
internal static unsafe partial class InterfaceCalls
{
    /// <summary>IFNAMSIZ, with the terminating zero.</summary>
    public const int NameSize = 16;

    /// <summary>IFF_UP.</summary>
    public const int FlagUp = 1;

    private const int RequestSize = 40;
    private const uint SIOCGIFNAME = 0x8910;
    private const uint SIOCGIFFLAGS = 0x8913;
    private const uint SIOCGIFMTU = 0x8921;
    private const uint SIOCGIFHWADDR = 0x8927;
    private const uint SIOCGIFINDEX = 0x8933;

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int fd, nuint request, void* argument);

    /// <summary>The interface's index, or 0 when there is none of that name.</summary>
    public static int IndexOf(int socket, string name)
    {
        byte* request = stackalloc byte[RequestSize];
        return Ask(socket, SIOCGIFINDEX, name, request) ? *(int*)(request + NameSize) : 0;
    }

    /// <summary>The name that the index has now, or null when the interface is gone.</summary>
    public static string? NameOf(int socket, int index)
    {
        byte* request = stackalloc byte[RequestSize];
        new Span<byte>(request, RequestSize).Clear();
        *(int*)(request + NameSize) = index;
        return Control(socket, SIOCGIFNAME, request) == 0 ? Marshal.PtrToStringUTF8((nint)request) : null;
    }

    public static int MtuOf(int socket, string name)
    {
        byte* request = stackalloc byte[RequestSize];
        return Ask(socket, SIOCGIFMTU, name, request) ? *(int*)(request + NameSize) : 0;
    }

    public static MacAddress MacOf(int socket, string name)
    {
        byte* request = stackalloc byte[RequestSize];
        return Ask(socket, SIOCGIFHWADDR, name, request)
            ? MacAddress.Read(new ReadOnlySpan<byte>(request + NameSize + 2, 6))
            : default;
    }

    public static bool IsUp(int socket, string name)
    {
        byte* request = stackalloc byte[RequestSize];
        return Ask(socket, SIOCGIFFLAGS, name, request) && (*(short*)(request + NameSize) & FlagUp) != 0;
    }

    /// <summary>Writes a name into ifr_name; names that are too long never match an interface and are refused.</summary>
    public static void WriteName(string name, Span<byte> request)
    {
        request[..NameSize].Clear();
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) >= NameSize)
        {
            throw new ArgumentException($"'{name}' is not an interface name: 1 to {NameSize - 1} bytes are allowed.", nameof(name));
        }

        _ = Encoding.UTF8.GetBytes(name, request);
    }

    private static bool Ask(int socket, uint code, string name, byte* request)
    {
        Span<byte> bytes = new(request, RequestSize);
        bytes.Clear();
        WriteName(name, bytes);
        return Control(socket, code, request) == 0;
    }
}
