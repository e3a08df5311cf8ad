using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>
/// Compiled rows as the compiler would make them for a cloud that tests describe in Neutron's words; every node gets all rows, which
/// a node must bear.
/// </summary>
internal sealed class SimCloud
{
    private readonly Dictionary<(UnitId, RowKey), Row> _rows = [];
    private uint _lastKey;
    private uint _lastVni = 100;
    private int _lastGuid;

    public SimFabric Fabric { get; } = new();

    public IEnumerable<Row> Rows => _rows.Values;

    public Guid NewId() => new(++_lastGuid, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)(_lastGuid * 7));

    public SimNode AddNode(string host, NodeMode mode = NodeMode.Dvr, NodeLimits? limits = null, params string[] physicalNetworks) =>
        AddNode(host, mode, limits, settings => settings, physicalNetworks);

    public SimNode AddNode(string host, NodeMode mode, NodeLimits? limits, Func<NodeSettings, NodeSettings> with, params string[] physicalNetworks)
    {
        int n = Fabric.Nodes.Count + 1;
        SimNode node = Fabric.Add(with(new NodeSettings
        {
            Host = host,
            TunnelAddress = IpAddress.Parse($"192.0.2.{n}"),
            Mode = mode,
            PhysicalNetworks = [.. physicalNetworks.Select((p, i) => new PhysicalNetwork(p, NicMac(n, i)))],
            Limits = limits ?? SmallLimits,
            HashSeed = (ulong)n,
        }));
        node.Node.Apply([.. _rows.Values.Select(ChangeOf)], Fabric.Now);
        Put(new NodeRow(NewId(), host, node.Settings.TunnelAddress));
        return node;
    }

    public static NodeLimits SmallLimits => new()
    {
        Connections = new() { Total = 1 << 12, PerZone = 1 << 10 },
        Flows = 1 << 10,
    };

    public static MacAddress NicMac(int node, int index) => new(0x02_00_5E_00_00_00UL | ((ulong)node << 8) | (uint)index);

    public void Put(params Row[] rows)
    {
        foreach (Row row in rows)
        {
            _rows[(row.Unit, row.Key)] = row;
        }

        Apply([.. rows.Select(ChangeOf)]);
    }

    public void Remove(params Row[] rows)
    {
        foreach (Row row in rows)
        {
            _rows.Remove((row.Unit, row.Key));
        }

        Apply([.. rows.Select(r => new RowChange(r.Unit, r.Key, null))]);
    }

    public SegmentRow AddNetwork(int mtu = 1442, bool adminUp = true) => AddNetwork(Encapsulation.Geneve, mtu, adminUp);

    public SegmentRow AddNetwork(Encapsulation encapsulation, int mtu = 1442, bool adminUp = true)
    {
        SegmentRow row = new(NewId(), encapsulation, ++_lastVni, null, 0, mtu, false, adminUp);
        Put(row);
        return row;
    }

    /// <param name="vni">Null: one that no other network has in any encapsulation.</param>
    public SegmentRow AddTunnelled(Encapsulation encapsulation, uint? vni = null, int mtu = 1442)
    {
        SegmentRow row = new(NewId(), encapsulation, vni ?? ++_lastVni, null, 0, mtu, false, true);
        Put(row);
        return row;
    }

    public SegmentRow AddProviderNetwork(string physical, ushort vlan = 0, bool external = true, int mtu = 1500)
    {
        SegmentRow row = new(
            NewId(), vlan == 0 ? Encapsulation.Flat : Encapsulation.Vlan, 0, physical, vlan, mtu, external, true);
        Put(row);
        return row;
    }

    /// <summary>A port with its instance; addresses as "10.0.1.5/24", with ">gateway" behind where there is one.</summary>
    public SimPort AddPort(SegmentRow network, SimNode node, ValueList<Guid> groups, params string[] addresses) =>
        AddPort(network, node, groups, true, [], addresses);

    public SimPort AddPort(
        SegmentRow network, SimNode node, ValueList<Guid> groups, bool portSecurity, ValueList<AllowedPair> pairs, params string[] addresses)
    {
        uint key = ++_lastKey;
        Guid id = NewId();
        MacAddress mac = new(0xFA_16_3E_00_00_00UL | key);
        InterfaceSetting[] settings = [.. addresses.Select(a => a.Split('>')).Select(a => InterfaceSetting.Of(a[0], a.Length > 1 ? a[1] : null))];
        ValueList<IpAddress> ips = settings.Select(s => s.Address).ToValueList();
        LocalPortRow port = new(id, network.NetworkId, node.Host, key, mac, ips, pairs, portSecurity, true, groups);
        EndpointRow? endpoint = network.IsTunnelled
            ? new EndpointRow(
                network.NetworkId, id, key, mac, ips, node.Host, !portSecurity, pairs.Select(p => p.Mac).Where(m => m != mac).Distinct().ToValueList())
            : null;
        Put(endpoint is null ? [port] : [port, endpoint]);
        SimHost host = new($"vm{key}", mac, settings);
        node.Attach(id, host);
        return new SimPort(this, port, endpoint, node, host);
    }

    public SimRouter AddRouter(params (SegmentRow Network, string Address)[] interfaces)
    {
        RouterRow row = new(NewId(), ++_lastVni, true, true);
        SimRouter router = new(this, row);
        Put(row);
        foreach ((SegmentRow network, string address) in interfaces)
        {
            router.AddInterface(network, address);
        }

        return router;
    }

    /// <summary>A security group with its rules and, for the default group's kind of rule, a remote group.</summary>
    public Guid AddGroup(params SimRule[] rules)
    {
        Guid id = NewId();
        Put(new FilterGroupRow(id, true));
        foreach (SimRule rule in rules)
        {
            AddRule(id, rule);
        }

        return id;
    }

    public FilterRuleRow AddRule(Guid group, SimRule rule)
    {
        FilterRuleRow row = new(
            group, NewId(), rule.Direction, rule.Ipv6, rule.Protocol, rule.Min, rule.Max,
            rule.Prefix is null ? null : IpPrefix.Parse(rule.Prefix), rule.Group);
        Put(row);
        return row;
    }

    /// <summary>Egress of everything, as Neutron's default rules have it, and the ingress asked for.</summary>
    public Guid AddOpenGroup(params SimRule[] ingress) =>
        AddGroup([new SimRule(FilterDirection.Egress, false), new SimRule(FilterDirection.Egress, true), .. ingress]);

    public Guid AddAllowAllGroup() => AddOpenGroup(new SimRule(FilterDirection.Ingress, false), new SimRule(FilterDirection.Ingress, true));

    public void Run() => Fabric.Run();

    private static RowChange ChangeOf(Row row) => new(row.Unit, row.Key, row);

    private void Apply(RowChange[] changes)
    {
        foreach (SimNode node in Fabric.Nodes)
        {
            node.Node.Apply(changes, Fabric.Now);
        }
    }
}

internal sealed record SimRule(
    FilterDirection Direction, bool Ipv6, byte? Protocol = null, ushort? Min = null, ushort? Max = null, string? Prefix = null, Guid? Group = null);

/// <summary>A port and the instance behind it.</summary>
internal sealed class SimPort(SimCloud cloud, LocalPortRow row, EndpointRow? endpoint, SimNode node, SimHost host)
{
    public LocalPortRow Row { get; private set; } = row;

    public EndpointRow? Endpoint { get; } = endpoint;

    public SimNode Node { get; } = node;

    public SimHost Host { get; } = host;

    public Guid Id => Row.PortId;

    public MacAddress Mac => Row.Mac;

    public IpAddress Address => Host.Address;

    public PacketSource Source => PacketSource.LocalPort(Node.DeviceOf(Id));

    public void Change(Func<LocalPortRow, LocalPortRow> change)
    {
        Row = change(Row);
        cloud.Put(Row);
    }

    public void Delete()
    {
        cloud.Remove(Endpoint is null ? [Row] : [Row, Endpoint]);
        Node.Detach(Id);
    }
}

internal sealed class SimRouter(SimCloud cloud, RouterRow row)
{
    private int _interfaces;

    public RouterRow Row { get; private set; } = row;

    public Guid Id => Row.RouterId;

    public ExternalGatewayRow? Gateway { get; private set; }

    public List<RouterInterfaceRow> Interfaces { get; } = [];

    public RouterInterfaceRow AddInterface(SegmentRow network, params string[] addresses)
    {
        RouterInterfaceRow port = new(
            Id, cloud.NewId(), network.NetworkId, new MacAddress(0xFA_16_3E_F0_00_00UL | (Row.TransitVni << 8) | (uint)++_interfaces),
            addresses.Select(AddressOf).ToValueList());
        Interfaces.Add(port);
        cloud.Put(port);
        return port;
    }

    public ExternalGatewayRow SetGateway(SegmentRow external, string[] addresses, string[] nextHops, bool enableSnat, params string[] hosts)
    {
        Gateway = new ExternalGatewayRow(
            Id, cloud.NewId(), external.NetworkId, new MacAddress(0xFA_16_3E_E0_00_00UL | Row.TransitVni),
            addresses.Select(AddressOf).ToValueList(), nextHops.Select(n => IpAddress.Parse(n)).ToValueList(), enableSnat);
        Row = Row with { GatewayNodes = hosts.Select((h, i) => new GatewayNode(h, 100 - i)).ToValueList() };
        cloud.Put(Row, Gateway);
        return Gateway;
    }

    public void Change(Func<RouterRow, RouterRow> change)
    {
        Row = change(Row);
        cloud.Put(Row);
    }

    public StaticNatRow AddFloatingIp(SegmentRow external, string address, SimPort port, string? owner, bool atGateway = false)
    {
        StaticNatRow row = new(
            Id, cloud.NewId(), external.NetworkId, IpAddress.Parse(address), new MacAddress(0xFA_16_3E_D0_00_00UL | IpAddress.Parse(address).Ipv4Value & 0xFFFF),
            port.Address, port.Id, port.Row.NetworkId, owner, atGateway);
        cloud.Put(row);
        return row;
    }

    private static InterfaceAddress AddressOf(string text)
    {
        InterfaceSetting setting = InterfaceSetting.Of(text);
        return new InterfaceAddress(setting.Address, setting.Prefix.Length);
    }
}
