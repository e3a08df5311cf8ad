using Vicinal.Lab.Captures;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Plan;
using Vicinal.Model.Paths;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>
/// Which interfaces of which nodes a flow touched. A node touches it when it put some of it on the interface itself: an underlay or external
/// switch that has not learnt an address shows its frames to all, so beyond that it counts to whom tunnels were addressed.
/// </summary>
public sealed record TouchedNodes(IReadOnlySet<string> Underlay, IReadOnlySet<string> External, IReadOnlySet<string> Taps)
{
    /// <param name="back">The way of what the far end answers.</param>
    public static TouchedNodes Promised(FlowPath there, FlowPath back, ModeFlow flow) => new(
        Set([.. there.Tunnelled, .. back.Tunnelled]),
        Set(there.Outside is { } outside ? [outside] : []),
        Set([$"{flow.Near.Node} {flow.Near.Device}", .. flow.Far is { } far ? (string[])[$"{far.Node} {far.Device}"] : []]));

    public static TouchedNodes Seen(FrameLog log, LabPlan plan, ModeFlow flow)
    {
        IpAddress[] signs = [.. flow.Signs];
        List<string> underlay = [];
        List<string> external = [];
        List<string> taps = [];
        foreach (LabNode node in plan.Nodes)
        {
            if (log.Sent(node.Name, FabricScript.UnderlayNic, signs) > 0)
            {
                underlay.Add(node.Name);
                underlay.AddRange(log.SentFrames(node.Name, FabricScript.UnderlayNic, signs).Select(frame => Receiver(plan, frame)));
            }

            if (log.Sent(node.Name, FabricScript.ExternalNic, signs) > 0)
            {
                external.Add(node.Name);
            }

            taps.AddRange(log.Frames.Where(frame => frame.Place == node.Name && frame.Interface.StartsWith("tap", StringComparison.Ordinal))
                .Where(frame => FrameLog.Carries(frame, signs)).Select(frame => $"{node.Name} {frame.Interface}"));
        }

        return new TouchedNodes(Set(underlay), Set(external), Set(taps));
    }

    public bool Equals(TouchedNodes? other) =>
        other is not null && Underlay.SetEquals(other.Underlay) && External.SetEquals(other.External) && Taps.SetEquals(other.Taps);

    public override int GetHashCode() => HashCode.Combine(Underlay.Count, External.Count, Taps.Count);

    public override string ToString() =>
        $"underlay NICs of {Names(Underlay)}; external NICs of {Names(External)}; taps {Names(Taps)}";

    private static HashSet<string> Set(IEnumerable<string> names) => [.. names];

    private static string Names(IReadOnlySet<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Order(StringComparer.Ordinal));

    private static string Receiver(LabPlan plan, CapturedFrame frame) =>
        plan.Nodes.FirstOrDefault(node => plan.UnderlayAddress(node) == frame.Headers?.Destination)?.Name ?? "another";
}
