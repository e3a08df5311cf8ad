using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

/// <summary>Random lives of ports and subnets: no address, MAC or port key is ever two ports'.</summary>
public sealed class IpamPropertyTests(ITestOutputHelper output)
{
    private const int Steps = 400;

    [Fact]
    public void No_address_is_handed_out_twice_and_none_is_lost()
    {
        for (int run = 0; run < 10; run++)
        {
            int seed = Random.Shared.Next();
            output.WriteLine($"seed {seed}");
            Live(new Random(seed));
        }
    }

    private static void Live(Random random)
    {
        L3Cloud cloud = new();
        Network network = cloud.Network();
        cloud.Subnet(network, "10.0.0.0/28");
        cloud.Subnet(network, "10.0.1.0/28");
        cloud.Subnet(network, "fd00::/124");
        for (int step = 0; step < Steps; step++)
        {
            Topology before = cloud.Now;
            try
            {
                Step(random, cloud, network);
            }
            catch (NeutronFault)
            {
                // A refusal abandons its edit, as the writer does.
                cloud = cloud.Restart(before);
            }

            Check(cloud.Now);
        }
    }

    private static void Step(Random random, L3Cloud cloud, Network network)
    {
        Port[] ports = [.. cloud.Now.Ports.Values.OrderBy(p => p.Id)];
        Subnet[] subnets = [.. cloud.Now.Subnets.Values.OrderBy(s => s.Id)];
        switch (random.Next(ports.Length > 25 ? 8 : 6))
        {
            case 0 or 1 or 2:
                PortRules.Create(
                    cloud.Edit, new PortInput { NetworkId = network.Id, FixedIps = Requests(random, subnets) }, CloudSettings.Default, L3Cloud.Admin);
                break;
            case 3 when ports.Length > 0:
                PortRules.Update(
                    cloud.Edit, ports[random.Next(ports.Length)], new PortInput { FixedIps = Requests(random, subnets) }, CloudSettings.Default, L3Cloud.Admin);
                break;
            case 4 when ports.Length > 0:
                PortRules.Update(
                    cloud.Edit, ports[random.Next(ports.Length)], new PortInput { MacAddress = new Given<MacAddress?>(null) }, CloudSettings.Default, L3Cloud.Admin);
                break;
            case 5 when subnets.Length == 3:
                SubnetRules.Create(
                    cloud.Edit,
                    new SubnetInput
                    {
                        NetworkId = network.Id,
                        IpVersion = 6,
                        Cidr = IpPrefix.Parse("fd01::/64"),
                        Ipv6AddressMode = "slaac",
                        Ipv6RaMode = "slaac",
                    },
                    CloudSettings.Default);
                break;
            case 5:
                SubnetRules.Delete(cloud.Edit, subnets.Single(s => s.Ipv6AddressMode is not null));
                break;
            default:
                if (ports.Length > 0)
                {
                    PortRules.Delete(cloud.Edit, ports[random.Next(ports.Length)]);
                }

                break;
        }
    }

    private static Given<IReadOnlyList<FixedIpRequest>> Requests(Random random, Subnet[] subnets) => random.Next(4) == 0
        ? default
        : new([.. Enumerable.Range(0, random.Next(4)).Select(_ =>
        {
            Subnet subnet = subnets[random.Next(subnets.Length)];
            IpAddress address = IpAddress.FromValue(subnet.Cidr.First.Value + (UInt128)random.Next(16));
            return random.Next(3) switch
            {
                0 => new FixedIpRequest(subnet.Id, null),
                1 => new FixedIpRequest(null, address),
                _ => new FixedIpRequest(subnet.Id, address),
            };
        })]);

    private static void Check(Topology topology)
    {
        FixedIp[] all = [.. topology.Ports.Values.SelectMany(p => p.FixedIps)];
        all.Distinct().Count().ShouldBe(all.Length);
        topology.Ports.Values.Select(p => (p.NetworkId, p.MacAddress)).Distinct().Count().ShouldBe(topology.Ports.Count);
        topology.Ports.Values.Select(p => (p.NetworkId, p.PortKey)).Distinct().Count().ShouldBe(topology.Ports.Count);
        foreach (Port port in topology.Ports.Values)
        {
            foreach (FixedIp ip in port.FixedIps)
            {
                topology.Allocations.OwnerOf(ip.SubnetId, ip.Address).ShouldBe(port.Id);
                topology.Subnets[ip.SubnetId].Cidr.Contains(ip.Address).ShouldBeTrue();
            }
        }

        topology.Subnets.Keys.Sum(topology.Allocations.CountOf).ShouldBe(all.Length);
    }
}
