namespace Vicinal.Devices.Native;

/// <summary>/dev/net/tun (linux/if_tun.h).</summary>
internal static unsafe class TapCalls
{
    public const string Path = "/dev/net/tun";

    private const nuint TUNSETIFF = 0x400454CA;
    private const nuint TUNSETPERSIST = 0x400454CB;
    private const nuint TUNSETOFFLOAD = 0x400454D0;
    private const nuint TUNSETVNETHDRSZ = 0x400454D8;

    private const short IFF_TAP = 0x0002;
    private const short IFF_NO_PI = 0x1000;
    private const short IFF_VNET_HDR = 0x4000;

    private const uint TUN_F_CSUM = 0x01;
    private const uint TUN_F_TSO4 = 0x02;
    private const uint TUN_F_TSO6 = 0x04;
    private const uint TUN_F_TSO_ECN = 0x08;
    private const uint TUN_F_USO4 = 0x20;
    private const uint TUN_F_USO6 = 0x40;

    public static int Attach(int fd, string name)
    {
        byte* request = stackalloc byte[40];
        Span<byte> bytes = new(request, 40);
        bytes.Clear();
        InterfaceCalls.WriteName(name, bytes);
        *(short*)(request + InterfaceCalls.NameSize) = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
        return InterfaceCalls.Control(fd, TUNSETIFF, request);
    }

    public static int SetHeaderSize(int fd, int size) => InterfaceCalls.Control(fd, TUNSETVNETHDRSZ, &size);

    public static int SetPersistent(int fd, bool persistent) => InterfaceCalls.Control(fd, TUNSETPERSIST, (void*)(persistent ? 1 : 0));

    /// <summary>What the kernel may leave undone in frames it gives us. UDP segmentation came with kernel 6.2.</summary>
    public static int SetOffloads(int fd)
    {
        const uint Tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
        return InterfaceCalls.Control(fd, TUNSETOFFLOAD, (void*)(Tcp | TUN_F_USO4 | TUN_F_USO6)) == 0
            ? 0
            : InterfaceCalls.Control(fd, TUNSETOFFLOAD, (void*)Tcp);
    }
}
