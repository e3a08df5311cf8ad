using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Devices.Guards;

/// <summary>
/// Keeps the host's network stack from what we handle ourselves, by chains at the netdev ingress of nftables in a table of our own: one chain a
/// device, named as the device. Packet sockets and tc programs come before it, so they still get every frame, and it comes after every tc
/// verdict, so a program that lets a frame pass opens nothing. (A drop in tc would have to be last among programs that others attach.)
/// Spoken to by nfnetlink, which takes well under a millisecond where the nft program takes several; `nft list table netdev vicinal` shows it.
/// The chains outlive this process on purpose: while the agent is away its guests still do not reach the host.
/// </summary>
public sealed class FrameGuard : IDisposable
{
    public const string DefaultTable = "vicinal";

    private const string MacSetPrefix = "own-";

    private readonly NfTables _tables;
    private readonly Rtnetlink _route;

    private FrameGuard(string table)
    {
        _tables = new NfTables(table);
        _route = Rtnetlink.Open();
    }

    /// <summary>Opens in the calling thread's namespace, and is to be used on threads of that namespace.</summary>
    public static FrameGuard Open(string table = DefaultTable) => new(table);

    public static FrameGuard Open(NetworkNamespace ns, string table = DefaultTable) => ns.Run(() => new FrameGuard(table));

    /// <summary>Nothing that comes in by the device reaches the host. Whatever guard the device had is replaced; it is never open in between.</summary>
    public void GuardTap(string device)
    {
        _tables.Begin();
        _tables.ReplaceIngressChain(device, device, NfTables.Drop);
        _tables.Commit($"guard {device}");
        HostStack.DisableIpv6(_route, device);
    }

    /// <summary>Frames that come in by the NIC to one of our MAC addresses do not reach the host; all others do.</summary>
    public void GuardNic(string device, IReadOnlyCollection<MacAddress> ownMacs)
    {
        _tables.Begin();
        _tables.AddMacSet(MacSetPrefix + device);
        WriteMacs(device, ownMacs);
        _tables.ReplaceIngressChain(device, device, NfTables.Accept);
        _tables.DropDestinationsIn(device, MacSetPrefix + device);
        _tables.Commit($"guard {device}");
    }

    /// <summary>The complete set of our MAC addresses on a NIC that is guarded; it changes in one step.</summary>
    public void SetOwnMacs(string device, IReadOnlyCollection<MacAddress> ownMacs)
    {
        _tables.Begin();
        WriteMacs(device, ownMacs);
        _tables.Commit($"set our MAC addresses on {device}");
    }

    /// <summary>Devices that have a guard, also from an earlier process, and whether or not they still exist.</summary>
    public IReadOnlyList<string> Guarded() => _tables.Chains();

    /// <summary>Takes a guard away; a missing one is no error.</summary>
    public void Release(string device)
    {
        Attempt($"release {device}", () => _tables.DeleteChain(device));
        Attempt($"release {device}", () => _tables.DeleteSet(MacSetPrefix + device));
    }

    /// <summary>Takes every guard away, and the table.</summary>
    public void ReleaseAll() => _tables.DeleteTable("release all guards");

    public void Dispose()
    {
        _tables.Dispose();
        _route.Dispose();
    }

    private void WriteMacs(string device, IReadOnlyCollection<MacAddress> ownMacs)
    {
        _tables.FlushSet(MacSetPrefix + device);
        _tables.AddElements(MacSetPrefix + device, ownMacs.Distinct());
    }

    private void Attempt(string operation, Action write)
    {
        try
        {
            _tables.Begin();
            write();
            _tables.Commit(operation);
        }
        catch (DeviceException e) when (e.IsMissing)
        {
        }
    }
}
