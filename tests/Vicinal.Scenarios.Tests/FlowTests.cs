using Vicinal.Lab.Flows;

namespace Vicinal.Scenarios.Tests;

/// <summary>The flows that `vicinal demo` shows.</summary>
public abstract class FlowTests(ScenarioCloud scenario)
{
    public static TheoryData<string> Numbers => [.. FlowCatalog.All.Select(flow => flow.Number)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Every_claim_of_the_flow_holds(string number) => scenario.WithCaptures(context =>
    {
        FlowReport report = FlowCatalog.Run(number, context);
        report.Passed.ShouldBeTrue(string.Join('\n',
            report.Checks.Where(check => !check.Holds).Select(check => $"{check.Claim}: {check.Evidence}").Prepend(report.Title)));
        report.Path.ShouldNotBeEmpty();
        report.Path.ShouldAllBe(hop => hop.Steps.Count > 0);
    });
}
