using System.Buffers.Binary;
using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Clouds;

/// <summary>The edits between two published topologies.</summary>
public sealed record Step(Topology Before, Topology After, IReadOnlyList<ResourceChange> Changes)
{
    /// <summary>The way back from <see cref="After"/>, as a later revision.</summary>
    public Step Reversed(long revision) => new(
        After with { Revision = revision - 1 },
        Before with { Revision = revision },
        [.. Changes.Reverse().Select(static c => new ResourceChange(c.After, c.Before))]);
}

/// <summary>
/// Makes clouds for tests with plain puts and removes, keeping them referentially sane as the rules of the API would. Ids count
/// up, so that every run of a test makes the same cloud.
/// </summary>
public sealed class CloudBuilder
{
    private static readonly DateTimeOffset Time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private uint _ids;
    private TopologyEdit _edit;
    private Topology _published = Topology.Empty;

    public CloudBuilder() => _edit = new TopologyEdit(_published, Time, NewId);

    /// <summary>With the edits that are not yet published.</summary>
    public Topology Topology => _edit.Current;

    /// <summary>Ends the batch of edits made since the last call.</summary>
    public Step Publish()
    {
        Topology after = _edit.Current with { Revision = _published.Revision + 1 };
        Step step = new(_published, after, _edit.Changes);
        _published = after;
        _edit = new TopologyEdit(after, Time, NewId);
        return step;
    }

    public Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, ++_ids);
        return new Guid(bytes, bigEndian: true);
    }

    public MacAddress NewMac() => new(0xFA16_3E00_0000ul | ++_ids);

    public T Put<T>(T resource)
        where T : Resource => _edit.Put(resource);

    public void Remove(Resource resource) => _edit.Remove(resource);

    /// <summary>Asks a rule for something; what it refuses changes nothing.</summary>
    public void Ask(Action<TopologyEdit> rule)
    {
        TopologyEdit asked = new(Topology, Time, NewId);
        try
        {
            rule(asked);
        }
        catch (NeutronFault)
        {
            return;
        }

        foreach (ResourceChange change in asked.Changes)
        {
            if (change.After is { } after)
            {
                _edit.Put(after);
            }
            else
            {
                _edit.Remove(change.Before!);
            }
        }
    }

    public Resources.Agent AddAgent(string host, string mode = "dvr", params string[] physicalNetworks) => Put(new Resources.Agent
    {
        Id = NewId(),
        Host = host,
        TunnelAddress = IpAddress.FromIpv4(0xC0A8_0000 | ++_ids),
        Mode = mode,
        BridgeMappings = physicalNetworks.Select(static p => new BridgeMapping(p, "eth1")).ToValueList(),
    });

    public Network AddNetwork(string type = "geneve", string? physicalNetwork = null, bool external = false) => Put(new Network
    {
        Id = NewId(),
        NetworkType = type,
        PhysicalNetwork = physicalNetwork,
        SegmentationId = type switch { "flat" => null, "vlan" => (int)(_ids % 4094) + 1, _ => (int)FreeKey(type) },
        External = external,
        Mtu = type == "geneve" ? 1442 : 1500,
    });

    private uint FreeKey(string type) => Topology.SegmentationIds[type].FindFree([new SegmentationRange(1, 0xFF_FFFF)])!.Value;

    public Network AddExternalNetwork(string physicalNetwork = "physnet1") => AddNetwork("flat", physicalNetwork, external: true);

    public Subnet AddSubnet(Network network, string cidr)
    {
        IpPrefix prefix = IpPrefix.Parse(cidr);
        IpAddress gateway = IpAddress.FromValue(prefix.First.Value + 1);
        return Put(new Subnet
        {
            Id = NewId(),
            NetworkId = network.Id,
            Cidr = prefix,
            GatewayIp = gateway,
            AllocationPools =
                [new AllocationPool(IpAddress.FromValue(gateway.Value + 1), IpAddress.FromValue(prefix.Last.Value - 1))],
        });
    }

    /// <summary>The next free address of the subnet.</summary>
    public FixedIp Allocate(Subnet subnet) => new(subnet.Id, Topology.Allocations.FindFree(subnet)!.Value);

    public Port AddPort(Network network, string host = "", IEnumerable<Subnet>? subnets = null, params SecurityGroup[] groups) => Put(new Port
    {
        Id = NewId(),
        NetworkId = network.Id,
        MacAddress = NewMac(),
        FixedIps = (subnets ?? []).Select(Allocate).ToValueList(),
        BindingHostId = host,
        DeviceOwner = "compute:nova",
        DeviceId = NewId().ToString(),
        SecurityGroups = groups.Select(static g => g.Id).ToValueList(),
        PortKey = Topology.NextPortKey(network.Id),
    });

    public Router AddRouter(bool distributed = true) => Put(new Router
    {
        Id = NewId(),
        Distributed = distributed,
        TransitVni = FreeKey("geneve"),
    });

    public Port AddInterface(Router router, Network network, params Subnet[] subnets) => Put(new Port
    {
        Id = NewId(),
        NetworkId = network.Id,
        MacAddress = NewMac(),
        FixedIps = subnets.Select(s => s.GatewayIp is { } g && Topology.Allocations.OwnerOf(s.Id, g) is null ? new FixedIp(s.Id, g) : Allocate(s))
            .ToValueList(),
        DeviceOwner = DeviceOwner.RouterInterfaceDistributed,
        DeviceId = router.Id.ToString(),
        PortKey = Topology.NextPortKey(network.Id),
    });

    public Router SetGateway(Router router, Network external, IEnumerable<Subnet> subnets, params string[] hosts)
    {
        Port port = Put(new Port
        {
            Id = NewId(),
            NetworkId = external.Id,
            MacAddress = NewMac(),
            FixedIps = subnets.Select(Allocate).ToValueList(),
            DeviceOwner = DeviceOwner.RouterGateway,
            DeviceId = router.Id.ToString(),
            PortKey = Topology.NextPortKey(external.Id),
        });
        return Put(Topology.Routers[router.Id] with
        {
            Gateway = new GatewayInfo(external.Id, port.Id, EnableSnat: true),
            GatewayBindings = hosts.Select((h, i) => new GatewayBinding(h, hosts.Length - i)).ToValueList(),
        });
    }

    public void ClearGateway(Router router)
    {
        Router current = Topology.Routers[router.Id];
        Put(current with { Gateway = null, GatewayBindings = default });
        Remove(Topology.Ports[current.Gateway!.PortId]);
    }

    public FloatingIp AddFloatingIp(Network external, Subnet subnet, Router? router = null, Port? port = null)
    {
        Guid id = NewId();
        FixedIp address = Allocate(subnet);
        Port holder = Put(new Port
        {
            Id = NewId(),
            NetworkId = external.Id,
            MacAddress = NewMac(),
            FixedIps = [address],
            DeviceOwner = DeviceOwner.FloatingIp,
            DeviceId = id.ToString(),
            Status = PortStatus.NotApplicable,
            PortKey = Topology.NextPortKey(external.Id),
        });
        return Put(new FloatingIp
        {
            Id = id,
            FloatingNetworkId = external.Id,
            FloatingIpAddress = address.Address,
            FloatingPortId = holder.Id,
            RouterId = router?.Id,
            PortId = port?.Id,
            FixedIpAddress = port?.FixedIps[0].Address,
        });
    }

    public void RemoveFloatingIp(FloatingIp floatingIp)
    {
        Remove(floatingIp);
        Remove(Topology.Ports[floatingIp.FloatingPortId]);
    }

    public SecurityGroup AddGroup(string project = "p") => Put(new SecurityGroup { Id = NewId(), ProjectId = project });

    public SecurityGroupRule AddRule(SecurityGroup group, string direction = "ingress", SecurityGroup? remote = null, string? prefix = null) =>
        Put(new SecurityGroupRule
        {
            Id = NewId(),
            SecurityGroupId = group.Id,
            Direction = direction,
            EtherType = "IPv4",
            RemoteGroupId = remote?.Id,
            RemoteIpPrefix = prefix,
            RemotePrefix = prefix is null ? null : IpPrefix.Parse(prefix),
        });
}
