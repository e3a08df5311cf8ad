using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Native;
using Vicinal.Packets;
using static Vicinal.Devices.Netlink.LinkMessage;

namespace Vicinal.Devices.Netlink;

/// <summary>One side of a veth pair to be.</summary>
public sealed record VethEnd(string Name)
{
    /// <summary>Where this end is made; null: the namespace of the <see cref="Rtnetlink"/> that makes it.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>Null: the kernel draws one.</summary>
    public MacAddress? MacAddress { get; init; }

    public int? Mtu { get; init; }
}

/// <summary>What a collect-metadata tunnel device puts on packets unless their metadata says otherwise. Over IPv6 it takes and sends no UDP checksum.</summary>
public sealed record MetadataTunnelOptions(IpAddress Local, ushort FirstSourcePort, ushort LastSourcePort);

public sealed partial class Rtnetlink
{
    private const ushort VETH_INFO_PEER = 1;
    private const ushort IFLA_VLAN_ID = 1;
    private const ushort IFLA_VXLAN_LOCAL = 4;
    private const ushort IFLA_VXLAN_LEARNING = 7;
    private const ushort IFLA_VXLAN_PORT_RANGE = 10;
    private const ushort IFLA_VXLAN_PORT = 15;
    private const ushort IFLA_VXLAN_LOCAL6 = 17;
    private const ushort IFLA_VXLAN_UDP_ZERO_CSUM6_TX = 19;
    private const ushort IFLA_VXLAN_UDP_ZERO_CSUM6_RX = 20;
    private const ushort IFLA_VXLAN_COLLECT_METADATA = 25;
    private const ushort IFLA_GENEVE_PORT = 5;
    private const ushort IFLA_GENEVE_COLLECT_METADATA = 6;
    private const ushort IFLA_GENEVE_UDP_ZERO_CSUM6_RX = 10;

    /// <summary>Makes both ends at once, each where it belongs; they are down.</summary>
    public void CreateVeth(VethEnd end, VethEnd peer)
    {
        using Descriptor? endNamespace = end.Namespace is null ? null : OpenNamespace(end.Namespace);
        using Descriptor? peerNamespace = peer.Namespace is null ? null : OpenNamespace(peer.Namespace);
        WriteFixed(Begin(RTM_NEWLINK, CreateNew, FixedSize), 0);
        PutEnd(end, endNamespace);
        int info = BeginKind("veth");
        int data = _message.BeginNest(IFLA_INFO_DATA);
        int nested = _message.BeginNest(VETH_INFO_PEER);
        _ = _message.PutRaw(FixedSize);
        PutEnd(peer, peerNamespace);
        _message.EndNest(nested);
        _message.EndNest(data);
        _message.EndNest(info);
        Commit($"create veth {end.Name} with peer {peer.Name}");
    }

    public void CreateBridge(string name) => CreateSimple(name, "bridge");

    public void CreateVlan(string name, string parent, ushort vlanId)
    {
        int parentIndex = GetLink(parent).Index;
        WriteFixed(Begin(RTM_NEWLINK, CreateNew, FixedSize), 0);
        _message.PutString(IFLA_IFNAME, name);
        _message.PutUInt32(IFLA_LINK, (uint)parentIndex);
        int info = BeginKind("vlan");
        int data = _message.BeginNest(IFLA_INFO_DATA);
        _message.PutUInt16(IFLA_VLAN_ID, vlanId);
        _message.EndNest(data);
        _message.EndNest(info);
        Commit($"create VLAN {name}");
    }

    /// <summary>A VXLAN device that carries any VNI to any remote, as each packet's metadata says (`vxlan external`).</summary>
    public void CreateMetadataVxlan(string name, ushort port, MetadataTunnelOptions? options = null) => CreateSimple(name, "vxlan", m =>
    {
        m.PutByte(IFLA_VXLAN_COLLECT_METADATA, 1);
        m.PutByte(IFLA_VXLAN_LEARNING, 0);
        PutPort(m, IFLA_VXLAN_PORT, port);
        if (options is not null)
        {
            m.PutAddress(options.Local.IsIpv4 ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, options.Local);
            PutPorts(m, IFLA_VXLAN_PORT_RANGE, options.FirstSourcePort, options.LastSourcePort);
            m.PutByte(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 1);
            m.PutByte(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 1);
        }
    });

    /// <summary>The same for Geneve; not every kernel is built with it. It takes the local address from the metadata and its source ports from the kernel's range.</summary>
    public void CreateMetadataGeneve(string name, ushort port) => CreateSimple(name, "geneve", m =>
    {
        m.PutFlag(IFLA_GENEVE_COLLECT_METADATA);
        PutPort(m, IFLA_GENEVE_PORT, port);
        m.PutByte(IFLA_GENEVE_UDP_ZERO_CSUM6_RX, 1);
    });

    private void CreateSimple(string name, string kind, Action<NetlinkMessage>? data = null)
    {
        WriteFixed(Begin(RTM_NEWLINK, CreateNew, FixedSize), 0);
        _message.PutString(IFLA_IFNAME, name);
        int info = BeginKind(kind);
        if (data is not null)
        {
            int nest = _message.BeginNest(IFLA_INFO_DATA);
            data(_message);
            _message.EndNest(nest);
        }

        _message.EndNest(info);
        Commit($"create {kind} {name}");
    }

    private int BeginKind(string kind)
    {
        int info = _message.BeginNest(IFLA_LINKINFO);
        _message.PutString(IFLA_INFO_KIND, kind);
        return info;
    }

    private void PutEnd(VethEnd end, Descriptor? ns)
    {
        _message.PutString(IFLA_IFNAME, end.Name);
        if (end.MacAddress is { } mac)
        {
            _message.PutMac(IFLA_ADDRESS, mac);
        }

        if (end.Mtu is { } mtu)
        {
            _message.PutUInt32(IFLA_MTU, (uint)mtu);
        }

        if (ns is not null)
        {
            _message.PutUInt32(IFLA_NET_NS_FD, (uint)ns.Value);
        }
    }
}
