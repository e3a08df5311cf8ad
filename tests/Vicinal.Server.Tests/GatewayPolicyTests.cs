using System.Net;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Tests.Distribution;
using Vicinal.Server.Tests.Store;

namespace Vicinal.Server.Tests;

public sealed class GatewayPolicyTests
{
    [Fact]
    public async Task What_the_operator_says_of_gateways_at_the_next_start_takes_the_place_of_what_was_said_before()
    {
        using StoreFolder folder = new();
        GatewayPolicy policy = await PolicyAsync(folder, GatewaySettings.Default);
        (policy.IntervalMilliseconds, policy.Multiplier, policy.LeaseMilliseconds, policy.AutomaticFailover).ShouldBe((10, 3, 40, false));

        policy = await PolicyAsync(folder, GatewaySettings.Default);
        policy.RevisionNumber.ShouldBe(1, "the same again is no change");

        policy = await PolicyAsync(folder, new GatewaySettings { IntervalMilliseconds = 20, LeaseMilliseconds = 100, AutomaticFailover = true });
        (policy.IntervalMilliseconds, policy.Multiplier, policy.LeaseMilliseconds, policy.AutomaticFailover).ShouldBe((20, 3, 100, true));
    }

    [Fact]
    public async Task A_lease_that_ends_before_a_standby_may_notice_is_refused_before_the_store_is_touched()
    {
        using StoreFolder folder = new();
        FormatException refusal = await Should.ThrowAsync<FormatException>(
            PolicyAsync(folder, new GatewaySettings { IntervalMilliseconds = 20 }));
        refusal.Message.ShouldStartWith("--gateway-lease 40: it must be at least 80 milliseconds");
        File.Exists(folder.File).ShouldBeFalse();
    }

    private static async Task<GatewayPolicy> PolicyAsync(StoreFolder folder, GatewaySettings settings)
    {
        ServerOptions options = new()
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Agents = new IPEndPoint(IPAddress.Loopback, 0),
            Store = "sqlite:" + folder.File,
            Gateways = settings,
        };
        await using ServerHost host = await ServerHost.StartAsync(options, new TestLog());
        return host.Writer.Current.GatewayPolicy!;
    }
}
