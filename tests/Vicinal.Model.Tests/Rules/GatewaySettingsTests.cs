using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class GatewaySettingsTests
{
    [Theory]
    [InlineData(10, 3, 40, 10, null)]
    [InlineData(10, 3, 39, 10, "--gateway-lease 39: it must be at least 40 milliseconds")]
    [InlineData(100, 5, 600, 10, null)]
    [InlineData(100, 5, 599, 10, "--gateway-lease 599: it must be at least 600 milliseconds")]
    [InlineData(0, 3, 40, 10, "--gateway-bfd-interval 0: it must be 1 to 10000 milliseconds")]
    [InlineData(10, 1, 40, 10, "--gateway-bfd-multiplier 1: it must be 2 to 50 packets")]
    [InlineData(10, 3, 600_001, 10, "--gateway-lease 600001: it must be 1 to 600000 milliseconds")]
    [InlineData(10, 3, 40, -1, "--gateway-hold -1: it must be 0 to 86400 seconds")]
    public void What_cannot_work_names_its_option(int interval, int multiplier, int lease, int hold, string? refusal)
    {
        GatewaySettings settings = new() { IntervalMilliseconds = interval, Multiplier = multiplier, LeaseMilliseconds = lease, HoldSeconds = hold };
        if (refusal is null)
        {
            settings.Check();
        }
        else
        {
            Should.Throw<FormatException>(settings.Check).Message.ShouldStartWith(refusal);
        }
    }

    [Fact]
    public void Other_settings_change_the_policy_and_leave_its_witnesses()
    {
        TopologyEdit edit = new(Topology.Empty, DateTimeOffset.UnixEpoch, Guid.NewGuid);
        GatewayPolicyRules.Configure(edit, GatewaySettings.Default).ShouldSatisfyAllConditions(
            p => p.LeaseMilliseconds.ShouldBe(40), p => p.Witnesses.ShouldBeEmpty(), p => p.Preempt.ShouldBeTrue());
        GatewayPolicyRules.SetWitnesses(edit, edit.Current.GatewayPolicy!, ["g1"]);
        int changes = edit.Changes.Count;
        GatewayPolicyRules.Configure(edit, GatewaySettings.Default);
        edit.Changes.Count.ShouldBe(changes, "the same again");
        GatewayPolicy policy = GatewayPolicyRules.Configure(
            edit, new GatewaySettings { IntervalMilliseconds = 50, LeaseMilliseconds = 200, Preempt = false, AutomaticFailover = true });
        (policy.IntervalMilliseconds, policy.LeaseMilliseconds, policy.Preempt, policy.AutomaticFailover).ShouldBe((50, 200, false, true));
        policy.Witnesses.ShouldBe(["g1"]);
        policy.Version.ShouldBe(1u);
    }
}
