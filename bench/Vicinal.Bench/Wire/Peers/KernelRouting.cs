using Vicinal.Devices.Namespaces;
using Vicinal.Lab.Fabric;

namespace Vicinal.Bench.Wire.Peers;

/// <summary>
/// The kernel's own routing on each node and a VXLAN device between them; with NAT on the second node by nftables and connection tracking, as a Neutron router
/// on Linux has it, or without either.
/// </summary>
internal sealed class KernelRouting : IPeer
{
    private const string FloatingIp = "203.0.113.50";
    private const string RouterAddress = "203.0.113.2";

    private readonly TwoNodes _nodes;

    private KernelRouting(TwoNodes nodes, bool translated)
    {
        _nodes = nodes;
        (string one, string two, string three, string internet) =
            (nodes.Namespace("guest1"), nodes.Namespace("guest2"), nodes.Namespace("guest3"), nodes.Namespace("internet"));
        Paths = translated
            ?
            [
                new Path("kernel routing + vxlan + nft", Treatment.FloatingIp, two, internet, TwoNodes.Internet),
                new Path("kernel routing + vxlan + nft", Treatment.SourceNat, one, internet, TwoNodes.Internet),
            ]
            :
            [
                new Path("kernel routing + vxlan", Treatment.Routed, one, two, "10.9.32.2"),
                new Path("kernel routing + vxlan", Treatment.RoutedToVm, one, three, "10.9.33.2"),
            ];
    }

    public IReadOnlyList<Path> Paths { get; }

    public static IPeer Start(string name, bool translated)
    {
        KernelRouting made = new(new TwoNodes(name), translated);
        try
        {
            made.Route(1, 2, guests: [1]);
            made.Route(2, 1, guests: [2, 3]);
            if (translated)
            {
                made.Translate();
            }

            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    public void Dispose() => _nodes.Dispose();

    private static string Network(int guest) => $"10.9.3{guest}";

    private void Route(int n, int other, int[] guests)
    {
        string node = _nodes.Namespace($"node{n}");
        NetworkNamespace.Open(node).Run(() => File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1"));
        IpCommand.Batch(node,
        [
            $"addr add {TwoNodes.Underlay(n)}/24 dev eth0",
            $"link add vxlan0 type vxlan id 42 remote {TwoNodes.Underlay(other)} local {TwoNodes.Underlay(n)} dstport 4789",
            $"link set vxlan0 mtu {TwoNodes.GuestMtu} up",
            $"addr add 10.9.30.{n}/24 dev vxlan0",
            .. guests.Select(guest => $"addr add {Network(guest)}.1/24 dev tap{guest}"),
            .. n == 1 ? (string[])["route add default via 10.9.30.2"] : [$"route add {Network(1)}.0/24 via 10.9.30.1", $"addr add {RouterAddress}/24 dev eth1"],
        ]);
        foreach (int guest in guests)
        {
            IpCommand.Batch(_nodes.Namespace($"guest{guest}"),
                [$"addr add {Network(guest)}.2/24 dev eth0", "link set eth0 up", $"route add default via {Network(guest)}.1"]);
        }
    }

    private void Translate()
    {
        string node = _nodes.Namespace("node2");
        IpCommand.Batch(node, [$"addr add {FloatingIp}/32 dev eth1"]);
        NftCommand.Apply(node, $$"""
            table ip nat {
              chain in {
                type nat hook prerouting priority dstnat;
                ip daddr {{FloatingIp}} dnat to {{Network(2)}}.2
              }
              chain out {
                type nat hook postrouting priority srcnat;
                oifname eth1 ip saddr {{Network(2)}}.2 snat to {{FloatingIp}}
                oifname eth1 ip saddr {{Network(1)}}.0/24 snat to {{RouterAddress}}
              }
            }
            """);
    }
}
