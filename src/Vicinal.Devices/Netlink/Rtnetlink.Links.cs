using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Native;
using Vicinal.Packets;
using static Vicinal.Devices.Netlink.LinkMessage;

namespace Vicinal.Devices.Netlink;

public sealed partial class Rtnetlink
{
    private const byte AddressGenerationNone = 1;
    private const ushort IFLA_INET6_ADDR_GEN_MODE = 8;

    public IReadOnlyList<LinkInfo> Links()
    {
        List<LinkInfo> links = [];
        _socket.Dump(WriteDump, (type, body) => Collect(links, type, body), links.Clear, "list links");
        return links;
    }

    /// <summary>The link of that name, or null.</summary>
    public LinkInfo? FindLink(string name)
    {
        WriteFixed(Begin(RTM_GETLINK, Request, FixedSize), 0);
        _message.PutString(IFLA_IFNAME, name);
        _message.PutUInt32(IFLA_EXT_MASK, SkipStatistics);
        LinkInfo? found = null;
        try
        {
            Commit($"find link {name}", (_, body) => found ??= TryParse(body));
        }
        catch (DeviceException e) when (e.IsMissing)
        {
        }

        return found;
    }

    public LinkInfo GetLink(string name) => FindLink(name) ?? throw new DeviceException($"find link {name}", Errno.ENODEV);

    public void SetUp(string name) => Change(name, $"set link {name} up", 0, IFF_UP, IFF_UP);

    public void SetDown(string name) => Change(name, $"set link {name} down", 0, 0, IFF_UP);

    /// <summary>Neighbours on the link are not asked for: every frame goes to the link's own MAC.</summary>
    public void DisableArp(string name) => Change(name, $"stop ARP on {name}", 0, IFF_NOARP, IFF_NOARP);

    public void SetMac(string name, MacAddress mac) =>
        Change(name, $"set MAC of {name}", 0, 0, 0, m => m.PutMac(IFLA_ADDRESS, mac));

    public void SetMtu(string name, int mtu) =>
        Change(name, $"set MTU of {name}", 0, 0, 0, m => m.PutUInt32(IFLA_MTU, (uint)mtu));

    /// <summary>How many frames wait for the link's driver; for a tap, for whoever reads it.</summary>
    public void SetQueueLength(string name, int frames) =>
        Change(name, $"set queue length of {name}", 0, 0, 0, m => m.PutUInt32(IFLA_TXQLEN, (uint)frames));

    public void SetAlias(string name, string alias) =>
        Change(name, $"set alias of {name}", 0, 0, 0, m => m.PutString(IFLA_IFALIAS, alias));

    /// <summary>Puts the link under a bridge, or takes it from there with null.</summary>
    public void SetMaster(string name, string? master)
    {
        uint index = master is null ? 0 : (uint)GetLink(master).Index;
        Change(name, $"set master of {name}", 0, 0, 0, m => m.PutUInt32(IFLA_MASTER, index));
    }

    /// <summary>The link must be down on kernels before 6.2.</summary>
    public void Rename(string name, string newName)
    {
        int index = GetLink(name).Index;
        Change(name: null, $"rename {name} to {newName}", index, 0, 0, m => m.PutString(IFLA_IFNAME, newName));
    }

    /// <summary>Moves the link; it arrives down and without addresses.</summary>
    public void MoveToNamespace(string name, NetworkNamespace ns)
    {
        using Descriptor target = OpenNamespace(ns);
        Change(name, $"move {name} to namespace {ns.Name}", 0, 0, 0, m => m.PutUInt32(IFLA_NET_NS_FD, (uint)target.Value));
    }

    /// <summary>IPv6 forms no link-local address on this link, now or when it is set up.</summary>
    public void DisableAddressGeneration(string name) => Change(name, $"stop IPv6 address generation on {name}", 0, 0, 0, m =>
    {
        int spec = m.BeginNest(IFLA_AF_SPEC);
        int ipv6 = m.BeginNest(SocketCalls.AF_INET6);
        m.PutByte(IFLA_INET6_ADDR_GEN_MODE, AddressGenerationNone);
        m.EndNest(ipv6);
        m.EndNest(spec);
    });

    public void DeleteLink(string name)
    {
        WriteFixed(Begin(RTM_DELLINK, Request, FixedSize), 0);
        _message.PutString(IFLA_IFNAME, name);
        Commit($"delete link {name}");
    }

    /// <summary>Deletes the link; false when there was none.</summary>
    public bool TryDeleteLink(string name)
    {
        try
        {
            DeleteLink(name);
            return true;
        }
        catch (DeviceException e) when (e.IsMissing)
        {
            return false;
        }
    }

    internal static Descriptor OpenNamespace(NetworkNamespace ns) =>
        Descriptor.Own(FileCalls.Open(ns.Path, FileCalls.O_RDONLY | FileCalls.O_CLOEXEC), $"open network namespace {ns.Name}");

    internal static void WriteDump(NetlinkMessage request, uint sequence)
    {
        WriteFixed(request.Begin(RTM_GETLINK, DumpRequest, sequence, FixedSize), 0);
        request.PutUInt32(IFLA_EXT_MASK, SkipStatistics);
        request.End();
    }

    private static void Collect(List<LinkInfo> links, ushort type, ReadOnlySpan<byte> body)
    {
        if (type == RTM_NEWLINK && TryParse(body) is { } link)
        {
            links.Add(link);
        }
    }

    private void Change(string? name, string operation, int index, uint flags, uint change, Action<NetlinkMessage>? attributes = null)
    {
        WriteFixed(Begin(RTM_NEWLINK, Request, FixedSize), index, flags, change);
        if (name is not null)
        {
            _message.PutString(IFLA_IFNAME, name);
        }

        attributes?.Invoke(_message);
        Commit(operation);
    }
}
