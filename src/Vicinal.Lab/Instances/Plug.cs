using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Lab.Instances;

/// <summary>
/// What a hypervisor does for an instance: a veth pair whose host side has the name that the agent wires, and whose other side is
/// the instance's NIC. Offloads stay on, so the instance sends super-packets and unfinished checksums as a virtual machine does.
/// </summary>
public sealed record Plug
{
    public required Guid PortId { get; init; }

    /// <summary>The instance's namespace, made when it is not there.</summary>
    public required string Namespace { get; init; }

    public required MacAddress Mac { get; init; }

    public string Interface { get; init; } = "eth0";

    public int Mtu { get; init; } = 1442;

    public IReadOnlyList<(IpAddress Address, int PrefixLength)> Addresses { get; init; } = [];

    /// <summary>Default routes, one a family at most.</summary>
    public IReadOnlyList<IpAddress> Gateways { get; init; } = [];

    public string Device => DeviceOf(PortId);

    public static string DeviceOf(Guid portId) => string.Concat("tap", portId.ToString().AsSpan(0, 11));

    /// <summary>Plugs into the calling thread's namespace, the node's.</summary>
    /// <exception cref="Devices.DeviceException">The kernel refused a step; the message names it.</exception>
    public void Wire()
    {
        NetworkNamespace instance = NetworkNamespace.OpenOrCreate(Namespace);
        using (Rtnetlink node = Rtnetlink.Open())
        {
            node.CreateVeth(new VethEnd(Device) { Mtu = Mtu }, new VethEnd(Interface) { Namespace = instance, MacAddress = Mac, Mtu = Mtu });
            node.SetUp(Device);
        }

        Configure(instance);
    }

    /// <summary>Brings the instance's NIC up, with its addresses and routes.</summary>
    internal void Configure(NetworkNamespace instance)
    {
        using Rtnetlink inside = Rtnetlink.Open(instance);
        inside.SetUp(Interface);
        int index = inside.GetLink(Interface).Index;
        foreach ((IpAddress address, int length) in Addresses)
        {
            inside.AddAddress(Interface, address, length);
        }

        foreach (IpAddress gateway in Gateways)
        {
            inside.AddRoute(new KernelRoute(new IpPrefix(gateway.IsIpv4 ? IpAddress.Ipv4Any : IpAddress.Ipv6Any, 0)) { Gateway = gateway, LinkIndex = index });
        }
    }
}
