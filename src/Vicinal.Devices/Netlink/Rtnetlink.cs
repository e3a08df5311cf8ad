using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Native;

namespace Vicinal.Devices.Netlink;

/// <summary>
/// Asks and tells the kernel about links, addresses, routes and neighbours of one network namespace: that of the thread which opened it, or the
/// one named. Calls return when the kernel has done it, and throw <see cref="DeviceException"/> with its errno. One thread at a time.
/// </summary>
public sealed partial class Rtnetlink : IDisposable
{
    private const ushort Request = NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_ACK;
    private const ushort CreateNew = Request | NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_EXCL;
    private const ushort CreateOrReplace = Request | NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_REPLACE;
    private const ushort DumpRequest = NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_DUMP;

    private readonly NetlinkSocket _socket;
    private readonly NetlinkMessage _message = new();

    private Rtnetlink(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens in the calling thread's namespace.</summary>
    public static Rtnetlink Open() => new(new NetlinkSocket(NetlinkCalls.NETLINK_ROUTE));

    public static Rtnetlink Open(NetworkNamespace ns) => ns.Run(Open);

    public void Dispose() => _socket.Dispose();

    private Span<byte> Begin(ushort type, ushort flags, int fixedSize) =>
        _message.Clear().Begin(type, flags, _socket.NextSequence(), fixedSize);

    /// <summary>Closes the one message that was begun, sends it and waits for the kernel's word.</summary>
    private void Commit(string operation, NetlinkSocket.MessageHandler? handle = null)
    {
        _message.End();
        uint sequence = _socket.LastSequence;
        _socket.Transact(_message, sequence, sequence, operation, handle);
    }
}
