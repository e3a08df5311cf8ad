using Vicinal.Packets;

namespace Vicinal.Forwarding;

/// <summary>What is compiled, numbered and sent as one: never per node, so it is serialised once for all its subscribers.</summary>
public enum UnitKind : byte
{
    /// <summary>All nodes and their tunnel endpoints; every node subscribes. Its id is <see cref="Guid.Empty"/>.</summary>
    Directory = 1,

    /// <summary>A network's segment and, where it is tunnelled, its endpoints. The id is the network's.</summary>
    Network = 2,

    /// <summary>A router: interfaces, routes, gateway, NAT. The id is the router's.</summary>
    Router = 3,

    /// <summary>The addresses of a security group's members. The id is the group's.</summary>
    AddressSet = 4,

    /// <summary>A security group's rules. The id is the group's.</summary>
    Filter = 5,

    /// <summary>What only the port's own node needs to know. The id is the port's.</summary>
    Port = 6,
}

public readonly record struct UnitId(UnitKind Kind, Guid Id)
{
    public static UnitId Directory => new(UnitKind.Directory, Guid.Empty);

    public static UnitId Network(Guid id) => new(UnitKind.Network, id);

    public static UnitId Router(Guid id) => new(UnitKind.Router, id);

    public static UnitId AddressSet(Guid id) => new(UnitKind.AddressSet, id);

    public static UnitId Filter(Guid id) => new(UnitKind.Filter, id);

    public static UnitId Port(Guid id) => new(UnitKind.Port, id);

    public override string ToString() => Kind == UnitKind.Directory ? "directory" : $"{Kind.ToString().ToLowerInvariant()}:{Id}";
}

public enum RowKind : byte
{
    Node = 1,
    Segment = 2,
    Endpoint = 3,
    LocalPort = 4,
    Router = 5,
    RouterInterface = 6,
    Route = 7,
    ExternalGateway = 8,
    StaticNat = 9,
    FilterRule = 10,
    AddressSetMember = 11,
    FilterGroup = 12,
    GatewayPolicy = 13,
    Subnet = 14,
    Instance = 15,
    Name = 16,
}

/// <summary>A row's identity within its unit. Prefix and Address tell the routes of one router apart and are default elsewhere.</summary>
public readonly record struct RowKey(RowKind Kind, Guid Id, IpPrefix Prefix = default, IpAddress Address = default);

/// <summary>One row of compiled forwarding state: plain data, equal when its contents are.</summary>
public abstract record Row
{
    public abstract UnitId Unit { get; }

    public abstract RowKey Key { get; }

    /// <summary>The Neutron object that the row was compiled from, as trace and drops show it.</summary>
    public abstract Origin Origin { get; }
}

/// <summary>One step of a unit's history: the row put, or removed when <see cref="Row"/> is null.</summary>
public readonly record struct RowChange(UnitId Unit, RowKey Key, Row? Row);
