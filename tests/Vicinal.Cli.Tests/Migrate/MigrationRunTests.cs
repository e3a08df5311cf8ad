using System.Text.Json.Nodes;
using Spectre.Console;
using Vicinal.Cli.Migrate;

namespace Vicinal.Cli.Tests.Migrate;

public sealed class MigrationRunTests : IDisposable
{
    private readonly FakeMigrationServer _server = new();
    private readonly StringWriter _output = new();
    private readonly CancellationTokenSource _interrupt = new();

    public void Dispose()
    {
        _server.Dispose();
        _output.Dispose();
        _interrupt.Dispose();
    }

    [Fact]
    public async Task A_router_is_prepared_switched_and_finished_with_its_progress_shown()
    {
        _server.Add("router1", distributed: false, ha: true);
        (await RunAsync(To("router1"))).ShouldBe(0);
        _server.Steps.ShouldBe(["router1 prepare", "router1 switch", "router1 finish"]);
        _server["router1"].Distributed.ShouldBeTrue();
        _server["router1"].Ha.ShouldBeTrue("nothing was said of HA");
        string shown = _output.ToString();
        shown.ShouldContain("centralized, HA -> distributed, HA");
        shown.ShouldContain("c1 → g1 → c1");
        shown.ShouldContain("router1: switch: revision 102 is in force on 3 nodes after 4.5 ms; g1 serves its gateway");
    }

    [Fact]
    public async Task Without_a_yes_only_the_plan_is_shown()
    {
        _server.Add("router1", distributed: false, ha: false);
        (await RunAsync(To("router1"), confirm: false)).ShouldBe(MigrationRun.Unconfirmed);
        (await RunAsync(To("router1") with { DryRun = true })).ShouldBe(0);
        _server.Steps.ShouldBeEmpty();
        _output.ToString().ShouldContain("Repeat with --yes");
    }

    [Fact]
    public async Task A_router_that_is_there_already_is_left_alone()
    {
        _server.Add("router1", distributed: true, ha: false);
        (await RunAsync(To("router1"), confirm: false)).ShouldBe(0);
        _server.Steps.ShouldBeEmpty();
        (await RunAsync(To("router1") with { Ha = true })).ShouldBe(0);
        _server["router1"].Ha.ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_in_the_way_stops_it_before_the_first_step()
    {
        _server.Add("router1", distributed: false, ha: false).Blockers = ["no node may serve it"];
        (await RunAsync(To("router1"))).ShouldBe(1);
        _server.Steps.ShouldBeEmpty();
        _output.ToString().ShouldContain("in the way: no node may serve it");
    }

    [Theory]
    [InlineData(new[] { "prepare" }, new[] { "switch", "finish" })]
    [InlineData(new[] { "prepare", "switch" }, new[] { "finish" })]
    public async Task A_migration_that_was_left_half_way_goes_on_as_it_was_begun(string[] before, string[] steps)
    {
        FakeRouter router = _server.Add("router1", distributed: false, ha: false);
        Array.ForEach(before, step => router.Take(step, (true, true)));
        string phase = router.Phase;
        (await RunAsync(To("router1"))).ShouldBe(0);
        _server.Steps.ShouldBe(steps.Select(step => $"router1 {step}"));
        (router.Distributed, router.Ha).ShouldBe((true, true), "HA was asked for when it was begun");
        _output.ToString().ShouldContain($"a migration of it is {phase}");
    }

    [Fact]
    public async Task A_migration_that_was_left_half_way_can_go_back()
    {
        FakeRouter router = _server.Add("router1", distributed: false, ha: false);
        router.Take("prepare", (true, true));
        router.Take("switch", (true, true));
        (await RunAsync(To("router1") with { Distributed = false })).ShouldBe(0);
        _server.Steps.ShouldBe(["router1 abort", "router1 abort"]);
        (router.Distributed, router.Ha).ShouldBe((false, false));
        router.Phase.ShouldBe("none");
    }

    [Fact]
    public async Task An_interrupt_ends_the_command_and_the_next_one_goes_on()
    {
        _server.Add("router1", distributed: false, ha: false);
        _server.BeforeStep = step =>
        {
            if (step == "router1 switch")
            {
                _interrupt.Cancel();
                _interrupt.Token.ThrowIfCancellationRequested();
            }
        };
        (await RunAsync(To("router1"))).ShouldBe(130);
        _output.ToString().ShouldContain("--to centralized --no-ha goes back");
        _server["router1"].Phase.ShouldBe("prepared");
        _server.BeforeStep = _ => { };
        (await RunAsync(To("router1"), stopping: CancellationToken.None)).ShouldBe(0);
        _server["router1"].Distributed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_is_started_again_meanwhile_is_waited_for()
    {
        _server.Add("router1", distributed: false, ha: false);
        _server.BeforeStep = step => _server.Outage = step == "router1 switch" ? 2 : 0;
        (await RunAsync(To("router1"))).ShouldBe(0);
        _server.Steps.ShouldBe(["router1 prepare", "router1 switch", "router1 finish"]);
    }

    [Fact]
    public async Task A_node_that_does_not_follow_is_named()
    {
        _server.Add("router1", distributed: false, ha: false);
        _server.Deaf = "c9";
        (await RunAsync(To("router1") with { Patience = TimeSpan.FromMilliseconds(100) })).ShouldBe(1);
        _server.Steps.ShouldBe(["router1 prepare"], "nothing is switched to what is not ready");
        _output.ToString().ShouldContain("c9 did not put it in force");
    }

    [Fact]
    public async Task All_routers_are_migrated_in_turn_up_to_the_first_that_fails()
    {
        _server.Add("b", distributed: false, ha: false).Refusal = "No.";
        _server.Add("a", distributed: false, ha: true);
        _server.Add("c", distributed: false, ha: true);
        _server.Add("d", distributed: true, ha: true);
        MigrationRequest request = To(null) with { All = true };
        (await RunAsync(request)).ShouldBe(1);
        _server["a"].Distributed.ShouldBeTrue();
        _server["c"].Phase.ShouldBe("none");
        string shown = _output.ToString();
        shown.ShouldContain("b: No.");
        shown.ShouldContain("1 migrated, 1 failed, 1 not reached, 1 already there");
    }

    [Fact]
    public async Task A_program_gets_one_document()
    {
        _server.Add("router1", distributed: false, ha: false);
        (await RunAsync(To("router1"), json: true)).ShouldBe(0);
        JsonObject document = JsonNode.Parse(_output.ToString())!.AsObject();
        ((int)document["exitCode"]!).ShouldBe(0);
        JsonNode router = document["routers"]![0]!;
        ((string)router["outcome"]!).ShouldBe("migrated");
        ((bool)router["to"]!["distributed"]!).ShouldBeTrue();
        ((string)router["steps"]![1]!["step"]!).ShouldBe("switch");
        ((string)router["plan"]!["flows"]![0]!["now"]![1]!).ShouldBe("g1");
    }

    [Fact]
    public async Task A_router_must_be_one()
    {
        _server.Add("twin", distributed: false, ha: false);
        _server.Add("twin", distributed: false, ha: false);
        (await Should.ThrowAsync<SettingException>(() => RunAsync(To("twin")))).Message.ShouldContain("2 routers are called 'twin'");
        (await Should.ThrowAsync<SettingException>(() => RunAsync(To("none")))).Message.ShouldContain("no router 'none'");
    }

    [Fact]
    public async Task A_server_that_never_answered_is_not_waited_for()
    {
        _server.Outage = int.MaxValue;
        (await Should.ThrowAsync<SettingException>(() => RunAsync(To("router1")))).Message.ShouldContain("no server answers");
    }

    private static MigrationRequest To(string? router) => new(router, All: false, Distributed: true, Ha: null, DryRun: false, TimeSpan.FromSeconds(30));

    private async Task<int> RunAsync(MigrationRequest request, bool confirm = true, bool json = false, CancellationToken? stopping = null)
    {
        using HttpClient http = new(_server, disposeHandler: false) { BaseAddress = new Uri("http://server/") };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(_output),
        });
        console.Profile.Width = 200;
        MigrationRun run = new(new MigrationServer(http), request, new MigrationOutput(console, json));
        return await run.RunAsync(_ => Task.FromResult(confirm), stopping ?? _interrupt.Token);
    }
}
