using System.Numerics;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

public sealed class WitnessStepsTests(ITestOutputHelper output)
{
    [Fact]
    public void However_nodes_come_go_and_lag_sets_change_by_one_member_and_only_when_both_majorities_know()
    {
        int first = Random.Shared.Next(1_000_000_000);
        for (int seed = first; seed < first + 200; seed++)
        {
            try
            {
                Run(new Random(seed));
            }
            catch (Exception failure)
            {
                output.WriteLine($"seed {seed}");
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }
    }

    [Fact]
    public void The_next_step_waits_for_the_majority_of_the_set_before_and_of_the_set_after_the_last()
    {
        WitnessCloud cloud = Five();
        cloud.Is("c5", NodePresence.Lost);
        cloud.Step().ShouldBeTrue();
        cloud.Witnesses.ShouldBe(["c1", "c2", "c3", "c4"]);
        cloud.Apply("c1");
        cloud.Apply("c2");
        cloud.Step().ShouldBeFalse("two of five know, and two of four");
        cloud.Apply("c5");
        cloud.Step().ShouldBeFalse("three of five know, but only two of four");
        cloud.Apply("c3");
        cloud.Step().ShouldBeTrue();
    }

    [Fact]
    public void A_gateway_node_that_may_go_by_an_older_set_is_waited_for_until_its_lease_under_that_is_over()
    {
        WitnessCloud cloud = new WitnessCloud().Add("g1").Add("c1").Add("c2");
        cloud.Pause().ShouldBe(TimeSpan.Zero, "nobody has been granted anything");
        cloud.Settle().Witnesses.Count.ShouldBe(3);
        cloud.Pause().ShouldBeInRange(TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(50), "the short lease");

        cloud.Cloud.Put(cloud.Policy with { AutomaticFailover = true });
        cloud.Pause().ShouldBeLessThan(TimeSpan.FromMilliseconds(50), "all gateway nodes have the last step in force");
        cloud.Add("g2");
        cloud.Pause().ShouldBeInRange(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(35), "one has not said so");
        cloud.Apply("g2");
        cloud.Add("c3");
        cloud.Pause().ShouldBeLessThan(TimeSpan.FromMilliseconds(50), "computes are granted nothing");
    }

    [Fact]
    public void A_server_that_sees_less_than_a_majority_of_the_witnesses_changes_nothing()
    {
        WitnessCloud cloud = Five().Add("c6").Add("c7");
        uint version = cloud.Policy.Version;
        foreach (string host in (string[])["c1", "c2", "c3"])
        {
            cloud.Is(host, NodePresence.Lost);
        }

        cloud.Settle().Policy.Version.ShouldBe(version);
        cloud.Is("c3", NodePresence.Present).Settle().Witnesses.Order(StringComparer.Ordinal).ShouldBe(["c3", "c4", "c5", "c6", "c7"]);
    }

    [Fact]
    public void Witnesses_that_will_not_come_back_are_given_up_when_their_agents_are_deleted()
    {
        WitnessCloud cloud = new WitnessCloud().Add("c1").Settle().Add("c2").Settle();
        cloud.Is("c1", NodePresence.Lost).Settle().Witnesses.ShouldBe(["c1"], "the only witness cannot be asked");
        cloud.Cloud.Remove(cloud.Topology.AgentOn("c1")!);
        cloud.Settle().Witnesses.ShouldBe(["c2"]);
    }

    private static WitnessCloud Five() => new WitnessCloud().Add("c1").Add("c2").Add("c3").Add("c4").Add("c5").Settle();

    private static void Run(Random random)
    {
        WitnessCloud cloud = new();
        int nodes = random.Next(1, 10);
        for (int i = 0; i < nodes; i++)
        {
            cloud.Add((random.Next(3) == 0 ? "g" : "c") + i, $"az{random.Next(3)}").Is(cloud.Hosts.Last(), NodePresence.Silent);
        }

        string[] hosts = [.. cloud.Hosts];
        for (int i = 0; i < 300; i++)
        {
            string host = hosts[random.Next(hosts.Length)];
            switch (random.Next(3))
            {
                case 0:
                    cloud.Is(host, (NodePresence)random.Next(3));
                    break;
                default:
                    if (cloud.PresenceOf(host) == NodePresence.Present)
                    {
                        cloud.Apply(host);
                    }

                    break;
            }

            CheckedStep(cloud);
        }

        // All come back: the best set is reached, and then nothing moves, whoever bounces.
        Array.ForEach(hosts, host => cloud.Is(host, NodePresence.Present));
        cloud.Settle().Witnesses.Count.ShouldBe(nodes < 3 ? 1 : nodes < 5 ? 3 : 5);
        int gateways = Math.Min(hosts.Count(IsGateway), cloud.Witnesses.Count);
        cloud.Witnesses.Count(IsGateway).ShouldBe(gateways);
        uint version = cloud.Policy.Version;
        foreach (string host in hosts)
        {
            cloud.Is(host, NodePresence.Silent).Settle();
            cloud.Is(host, NodePresence.Present).Settle();
        }

        cloud.Policy.Version.ShouldBe(version);
    }

    private static bool IsGateway(string host) => host[0] == 'g';

    private static void CheckedStep(WitnessCloud cloud)
    {
        GatewayPolicy before = cloud.Policy;
        if (!cloud.Step())
        {
            return;
        }

        HaveMajorityIn(cloud, before.FormerWitnesses, before.Version);
        HaveMajorityIn(cloud, before.Witnesses, before.Version);
        MajoritiesShouldMeet(before.Witnesses, cloud.Witnesses);
        cloud.Policy.FormerWitnesses.ShouldBe(before.Witnesses);
        cloud.Policy.Version.ShouldBe(before.Version + 1);
        cloud.Witnesses.Distinct().Count().ShouldBe(cloud.Witnesses.Count);
        cloud.Witnesses.Count.ShouldBeInRange(1, 6);
    }

    private static void HaveMajorityIn(WitnessCloud cloud, ValueList<string> set, uint version) =>
        (set.IsEmpty || set.Count(host => cloud.HadInForce(host, version)) > set.Count / 2).ShouldBeTrue($"version {version} in {set}");

    /// <summary>Every majority of the one set has a member of every majority of the other.</summary>
    private static void MajoritiesShouldMeet(ValueList<string> one, ValueList<string> other)
    {
        string[] all = [.. one.Union(other)];
        List<uint> first = Majorities(one, all);
        List<uint> second = Majorities(other, all);
        foreach (uint a in first)
        {
            second.ShouldAllBe(b => (a & b) != 0, $"{one} and {other}");
        }
    }

    private static List<uint> Majorities(ValueList<string> set, string[] all)
    {
        uint members = 0;
        foreach (string host in set)
        {
            members |= 1u << Array.IndexOf(all, host);
        }

        return [.. Enumerable.Range(1, (1 << all.Length) - 1).Select(bits => (uint)bits)
            .Where(bits => (bits & ~members) == 0 && BitOperations.PopCount(bits) > set.Count / 2)];
    }
}
