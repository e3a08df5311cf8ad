namespace Vicinal.Lab.Flows;

/// <summary>Every flow in the order in which the demo shows them.</summary>
public static class FlowCatalog
{
    public static IReadOnlyList<(string Number, Func<FlowContext, FlowReport> Run)> All { get; } =
    [
        ("1", SameNetworkFlow.Run),
        ("2", RoutedFlow.AcrossNodes),
        ("3", RoutedFlow.OnOneNode),
        ("4", ProviderPortFlow.Run),
        ("5", SourceNatFlow.Ipv4),
        ("5b", SourceNatFlow.Ipv6),
        ("6", FloatingIpFlow.Translate),
        ("7", SecurityGroupFlow.Run),
        ("8", FloatingIpFlow.Move),
        ("9", HairpinFlow.Run),
        ("10", PingFlow.Run),
        ("11", NoRouterFlow.Run),
        ("12", SpoofingFlow.Run),
    ];

    /// <summary>Runs one flow; whatever it meets becomes part of its report, but for the end of the lab.</summary>
    public static FlowReport Run(string number, FlowContext context)
    {
        try
        {
            return All.First(flow => flow.Number == number).Run(context);
        }
        catch (Exception e) when (!context.Cloud.Stopping.IsCancellationRequested)
        {
            FlowReport report = new(number, "did not run to its end", "");
            report.Broke(e);
            return report;
        }
    }
}
