using Vicinal.Forwarding;
using Vicinal.Gateways.Elections;
using Vicinal.Packets;

namespace Vicinal.Gateways.Tests.Elections;

/// <summary>The thread that runs the election goes before all others: it must never be told to come back at once, and again, and again.</summary>
public sealed class NextDueTests
{
    private const long Millisecond = 1_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void After_a_few_ticks_at_one_time_the_next_one_is_later_whoever_is_there(int addresses)
    {
        string[] hosts = ["g1", "g2", "g3"];
        List<Row> rows =
        [
            new GatewayPolicyRow([.. hosts], 1, 10, 3, 40, 10, true),
            new RouterRow(new Guid(1, 0, 0, new byte[8]), 900, true, true, [.. hosts.Select((host, i) => new GatewayNode(host, 3 - i))], GatewayLease.Short, 1),
            .. hosts.Take(addresses).Select((host, i) => new NodeRow(new Guid(i + 2, 0, 0, new byte[8]), host, IpAddress.FromIpv4(0xC000_0201u + (uint)i))),
        ];
        long now = 1_000 * Millisecond;
        GatewayElection election = new(new GatewaySettings("g1", 1, 1), now);
        GatewayEffects effects = new();
        election.Apply([.. rows.Select(row => new RowChange(row.Unit, row.Key, row))], now, effects);
        election.SetReady(true, now, effects);
        int atOnce = 0;
        for (int i = 0; i < 20_000; i++)
        {
            election.Tick(now, effects);
            atOnce = election.NextDue <= now ? atOnce + 1 : 0;
            atOnce.ShouldBeLessThan(4, $"tick {i}");
            now = Math.Clamp(election.NextDue, now, now + Millisecond);
            foreach (ActiveChange change in effects.Actives)
            {
                election.Applied(change.Number, now, effects);
            }

            effects.Clear();
        }
    }
}
