using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Indexes;

public sealed class SubnetAllocationsTests(ITestOutputHelper output)
{
    private static readonly Guid Owner = Guid.NewGuid();

    [Fact]
    public void No_address_is_ever_handed_out_twice_and_a_full_pool_says_so()
    {
        Subnet subnet = SubnetOf("10.0.0.2-10.0.0.5", "10.0.0.10-10.0.0.12");
        SubnetAllocations allocations = SubnetAllocations.Empty;
        List<string> handedOut = [];
        while (allocations.FindFree(subnet) is { } free)
        {
            handedOut.Add(free.ToString());
            allocations = allocations.Add(subnet, free, Owner);
        }

        handedOut.ShouldBe(["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.10", "10.0.0.11", "10.0.0.12"]);
        allocations.CountOf(subnet.Id).ShouldBe(7);
    }

    [Fact]
    public void An_address_that_was_given_back_rests_until_the_pool_was_gone_through()
    {
        Subnet subnet = SubnetOf("10.0.0.2-10.0.0.9");
        SubnetAllocations allocations = Take(Take(SubnetAllocations.Empty, subnet), subnet);
        allocations = allocations.Remove(subnet.Id, Address("10.0.0.2"));
        for (int last = 4; last <= 9; last++)
        {
            allocations.FindFree(subnet).ShouldBe(Address($"10.0.0.{last}"));
            allocations = Take(allocations, subnet);
        }

        allocations.FindFree(subnet).ShouldBe(Address("10.0.0.2"));

        // And round again: the one behind goes first, not the lowest.
        allocations = Take(allocations, subnet).Remove(subnet.Id, Address("10.0.0.2")).Remove(subnet.Id, Address("10.0.0.3"));
        allocations.FindFree(subnet).ShouldBe(Address("10.0.0.3"));
    }

    [Theory]
    [InlineData("10.0.0.9")]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.200")]
    public void An_address_that_somebody_named_sends_no_search_back_to_what_was_just_given_back(string named)
    {
        Subnet subnet = SubnetOf("10.0.0.2-10.0.0.9");
        SubnetAllocations allocations = Take(Take(SubnetAllocations.Empty, subnet), subnet);
        allocations = allocations.Add(subnet, Address(named), Owner).Remove(subnet.Id, Address("10.0.0.2"));
        allocations.FindFree(subnet).ShouldBe(Address("10.0.0.4"));
    }

    [Fact]
    public void An_address_belongs_to_one_port()
    {
        Subnet subnet = SubnetOf("10.0.0.2-10.0.0.9");
        SubnetAllocations allocations = SubnetAllocations.Empty.Add(subnet, Address("10.0.0.7"), Owner);
        allocations.OwnerOf(subnet.Id, Address("10.0.0.7")).ShouldBe(Owner);
        allocations.OwnerOf(Guid.NewGuid(), Address("10.0.0.7")).ShouldBeNull();
        allocations.OwnersIn(subnet.Id).ShouldBe([Owner]);
        Should.Throw<ArgumentException>(() => allocations.Add(subnet, Address("10.0.0.7"), Guid.NewGuid()));
    }

    [Fact]
    public void A_pool_of_ipv6_begins_where_it_begins()
    {
        Subnet subnet = SubnetOf("2001:db8::2-2001:db8::ffff:ffff:ffff:ffff");
        SubnetAllocations allocations = Take(SubnetAllocations.Empty, subnet);
        allocations.FindFree(subnet).ShouldBe(Address("2001:db8::3"));
    }

    [Fact]
    public void A_forgotten_subnet_leaves_nothing()
    {
        Subnet subnet = SubnetOf("10.0.0.2-10.0.0.9");
        SubnetAllocations allocations = Take(SubnetAllocations.Empty, subnet).Forget(subnet.Id);
        allocations.CountOf(subnet.Id).ShouldBe(0);
        allocations.FindFree(subnet).ShouldBe(Address("10.0.0.2"));
    }

    [Fact]
    public void What_was_read_back_is_searched_behind_the_highest()
    {
        Subnet subnet = SubnetOf("10.0.0.2-10.0.0.9");
        SubnetAllocations allocations = SubnetAllocations.Empty
            .Add(subnet.Id, Address("10.0.0.5"), Owner)
            .Add(subnet.Id, Address("10.0.0.3"), Owner)
            .SearchingBehindTheHighest();
        allocations.FindFree(subnet).ShouldBe(Address("10.0.0.6"));
    }

    [Fact]
    public void Random_takers_and_givers_never_meet_on_one_address()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        CloudBuilder cloud = new();
        Network network = cloud.AddNetwork();
        Subnet subnet = cloud.AddSubnet(network, "10.0.0.0/26");
        List<Port> ports = [];
        for (int i = 0; i < 3_000; i++)
        {
            if (random.Next(2) == 0 && cloud.Topology.Allocations.FindFree(subnet) is not null)
            {
                ports.Add(cloud.AddPort(network, "", [subnet]));
            }
            else if (ports.Count > 0)
            {
                int gone = random.Next(ports.Count);
                cloud.Remove(ports[gone]);
                ports.RemoveAt(gone);
            }

            ports.Select(static p => p.FixedIps[0].Address).ShouldBeUnique();
            cloud.Topology.Allocations.CountOf(subnet.Id).ShouldBe(ports.Count);
        }
    }

    private static SubnetAllocations Take(SubnetAllocations allocations, Subnet subnet) =>
        allocations.Add(subnet, allocations.FindFree(subnet)!.Value, Owner);

    private static IpAddress Address(string text) => IpAddress.Parse(text);

    private static Subnet SubnetOf(params string[] pools) => new()
    {
        Id = Guid.NewGuid(),
        NetworkId = Guid.NewGuid(),
        Cidr = new IpPrefix(Address(pools[0].Split('-')[0]), pools[0].Contains(':') ? 64 : 24),
        AllocationPools = pools
            .Select(static p => p.Split('-'))
            .Select(static p => new AllocationPool(Address(p[0]), Address(p[1])))
            .ToValueList(),
    };
}
