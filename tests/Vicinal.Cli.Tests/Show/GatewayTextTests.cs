using System.Text.Json.Nodes;
using Vicinal.Cli.Show;

namespace Vicinal.Cli.Tests.Show;

public sealed class GatewayTextTests
{
    [Fact]
    public void A_node_that_serves_shows_its_lease_its_routers_who_it_watches_and_who_it_replicates_to()
    {
        JsonNode gateways = JsonNode.Parse("""
            {
              "host": "g1", "ready": true, "real_time": true,
              "lease": {"short_us": 31250, "long_us": null, "witnesses": [{"host": "g1", "last_answer_us": 500}, {"host": "c1", "last_answer_us": null}]},
              "stalls": {"samples": 1000, "p99_us": 210, "max_us": 4700},
              "routers": [{"router": "7c3f2a10-0000-0000-0000-000000000001", "role": "active", "active": "g1", "epoch": "1.2", "since": "2026-11-20T17:00:00Z", "eligible": true}],
              "bfd": [{"host": "g2", "state": "up", "interval_us": 10000, "detection_us": 30000, "last_packet_us": 4100, "downs": 1, "diagnostic": "DetectionTimeExpired"}],
              "replication": [{"host": "g2", "direction": "to", "routers": 1, "in_full": null, "records": 812, "waiting": 3, "full_sets": 2, "refused": null}]
            }
            """)!;
        GatewayText.Render(gateways).ShouldBe("""
            Node g1: ready to serve, gateway thread at real-time priority
            Lease: short one holds for 31.25 ms more; witnesses g1 (answered 0.5 ms ago), c1 (answered never)
            Stalls of the gateway thread: 99 of 100 below 0.21 ms, longest 4.7 ms

            ROUTER                                ROLE    SERVED BY  EPOCH  SINCE                 ELIGIBLE
            7c3f2a10-0000-0000-0000-000000000001  active  g1         1.2    2026-11-20T17:00:00Z  yes

            NODE  STATE  EVERY  DOWN AFTER  LAST HEARD  WENT DOWN  WHY
            g2    up     10 ms  30 ms       4.1 ms ago  1 times    DetectionTimeExpired

            NODE  DIRECTION  ROUTERS  IN FULL  RECORDS  WAITING  FULL SETS  REFUSED
            g2    to         1        -        812      3        2          -
            """);
    }

    [Fact]
    public void A_node_without_gateways_and_elections_says_so()
    {
        JsonNode gateways = JsonNode.Parse("""
            {
              "host": "c1", "ready": false, "real_time": false, "lease": {"short_us": null, "long_us": null, "witnesses": []},
              "stalls": {"samples": 0, "p99_us": 0, "max_us": 0}, "routers": [], "bfd": [], "replication": []
            }
            """)!;
        string text = GatewayText.Render(gateways);
        text.ShouldContain("not ready to serve, gateway thread without real-time priority");
        text.ShouldContain("no witnesses");
        text.ShouldContain("No routers.");
        text.ShouldContain("No nodes watched by BFD.");
        text.ShouldContain("No streams of connections.");
    }

    [Fact]
    public void A_lease_that_has_run_out_is_told_from_one_that_holds()
    {
        JsonNode gateways = JsonNode.Parse("""
            {
              "host": "g1", "ready": true, "real_time": true, "lease": {"short_us": -120, "long_us": 20000000, "witnesses": [{"host": "g1", "last_answer_us": 60000}]},
              "stalls": {"samples": 0, "p99_us": 0, "max_us": 0}, "routers": [], "bfd": [], "replication": []
            }
            """)!;
        GatewayText.Render(gateways).ShouldContain("Lease: short one has run out, long one holds for 20000 ms more; witnesses g1 (answered 60 ms ago)");
    }
}
