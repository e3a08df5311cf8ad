using Vicinal.Datapath.State;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.State;

public sealed class PrefixTableTests
{
    [Fact]
    public void The_longest_prefix_wins_and_a_removed_one_uncovers_the_next()
    {
        PrefixTable<string> table = new();
        foreach (string prefix in new[] { "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "::/0", "2001:db8::/32" })
        {
            table.Set(IpPrefix.Parse(prefix), prefix);
        }

        Find("10.1.2.3").ShouldBe("10.1.2.3/32");
        Find("10.1.9.9").ShouldBe("10.1.0.0/16");
        Find("10.9.9.9").ShouldBe("10.0.0.0/8");
        Find("192.0.2.1").ShouldBe("0.0.0.0/0");
        Find("2001:db8::1").ShouldBe("2001:db8::/32");
        Find("2001:db9::1").ShouldBe("::/0");
        table.Remove(IpPrefix.Parse("10.1.0.0/16")).ShouldBeTrue();
        Find("10.1.9.9").ShouldBe("10.0.0.0/8");
        table.Remove(IpPrefix.Parse("10.1.0.0/16")).ShouldBeFalse();

        string Find(string address) => table.TryFind(IpAddress.Parse(address), out string? value) ? value : "none";
    }

    [Fact]
    public void It_agrees_with_asking_every_prefix()
    {
        for (int seed = 1; seed <= 50; seed++)
        {
            Random random = new(seed);
            PrefixTable<IpPrefix> table = new();
            HashSet<IpPrefix> model = [];
            for (int i = 0; i < 300; i++)
            {
                IpPrefix prefix = RandomPrefix(random);
                if (random.Next(3) == 0 && model.Count > 0)
                {
                    prefix = model.ElementAt(random.Next(model.Count));
                    model.Remove(prefix);
                    table.Remove(prefix).ShouldBeTrue($"seed {seed}");
                }
                else
                {
                    model.Add(prefix);
                    table.Set(prefix, prefix);
                }

                IpAddress address = RandomPrefix(random).Last;
                IEnumerable<IpPrefix> expected = model.Where(p => p.Contains(address)).OrderByDescending(p => p.Length);
                List<IpPrefix> found = [];
                foreach (IpPrefix match in table.FindAll(address))
                {
                    found.Add(match);
                }

                found.SequenceEqual(expected).ShouldBeTrue($"seed {seed}, {address}");
                table.Count.ShouldBe(model.Count);
            }
        }
    }

    private static IpPrefix RandomPrefix(Random random)
    {
        // Few bits, so that prefixes nest.
        return random.Next(2) == 0
            ? new IpPrefix(IpAddress.FromIpv4((uint)random.Next(16) << 28 | (uint)random.Next(4)), random.Next(33))
            : new IpPrefix(new IpAddress((ulong)random.Next(16) << 60, (ulong)random.Next(4)), random.Next(129));
    }
}
