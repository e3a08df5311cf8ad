using Vicinal.Bench.Measuring;

namespace Vicinal.Bench.Wire;

/// <summary>What the data path is meant to reach beside its peers, and what each of Vicinal's did.</summary>
internal static class WireGoals
{
    private const string Routing = "kernel routing + vxlan";

    public static void Write(Section section, IReadOnlyDictionary<Path, PathSamples> samples)
    {
        List<string> variants = [.. samples.Keys.Select(path => path.Variant).Where(name => name.StartsWith("Vicinal", StringComparison.Ordinal)).Distinct()];
        if (variants.Count == 0)
        {
            return;
        }

        section.Line("");
        section.Header(["ratio or number", "goal", .. variants]);
        PathSamples? floor = Find("bare veth", Treatment.Floor);
        PathSamples? routing = Find(Routing, Treatment.Routed);
        PathSamples? toVm = Find(Routing, Treatment.RoutedToVm);
        Row("CPU a packet, routed, to kernel routing + vxlan", "<= 0.60", Treatment.Routed, s => Ratio(s, routing, x => x.PacketNanoseconds));
        Row("CPU a packet, routed, to Open vSwitch userspace", "<= 0.33", Treatment.Routed, s => Ratio(s, Find("Open vSwitch", Treatment.Routed), x => x.PacketNanoseconds));
        section.Row(["CPU a packet, floating IP to no NAT on the same way", "<= 1.03", .. variants.Select(variant =>
            Text(Ratio(Find(variant, Treatment.FloatingIp), Find(variant, Treatment.Plain), x => x.PacketNanoseconds)))]);
        Row("CPU a GB, 1 stream, veth guest, to kernel routing + vxlan", "<= 1.00", Treatment.Routed, s => Ratio(s, routing, x => x.OneStreamCpu));
        Row("CPU a GB, 4 streams, veth guest, to kernel routing + vxlan", "<= 1.00", Treatment.Routed, s => Ratio(s, routing, x => x.FourStreamsCpu));
        Row("CPU a GB, 1 stream, VM-like guest, to kernel routing + vxlan", "<= 1.00", Treatment.RoutedToVm, s => Ratio(s, toVm, x => x.OneStreamCpu));
        Row("CPU a GB, 4 streams, VM-like guest, to kernel routing + vxlan", "<= 1.00", Treatment.RoutedToVm, s => Ratio(s, toVm, x => x.FourStreamsCpu));
        Row("ping p50, routed, to the bare veth pair", "<= 1.25", Treatment.Routed, s => Ratio(s, floor, x => x.PingMedian));
        Row("ping p50 from idle, routed, to the bare veth pair", "<= 1.25", Treatment.Routed, s => Ratio(s, floor, x => x.IdlePingMedian));
        Row("first round trip of a connection, routed, p50 us", "<= 60", Treatment.Routed, s => s.FirstMedian.Median, "f1");
        Row("the same from idle", "", Treatment.Routed, s => s.IdleFirstMedian.Median, "f1");
        Row("new connections/s an agent core, routed", ">= 100,000", Treatment.Routed, s => 1e6 / s.ConnectionAgentMicroseconds.Median, "n0");

        PathSamples? Find(string variant, Treatment treatment) => samples
            .FirstOrDefault(entry => entry.Key.Treatment == treatment && (entry.Key.Variant == variant || entry.Key.Variant.StartsWith(variant + " ", StringComparison.Ordinal))).Value;

        void Row(string what, string goal, Treatment treatment, Func<PathSamples, double> value, string format = "f2") =>
            section.Row([what, goal, .. variants.Select(variant => Find(variant, treatment) is { } found ? Text(value(found), format) : "-")]);
    }

    private static double Ratio(PathSamples? of, PathSamples? to, Func<PathSamples, Samples> kind) =>
        of is null || to is null ? double.NaN : kind(of).Median / kind(to).Median;

    private static string Text(double value, string format = "f2") => double.IsNaN(value) ? "-" : value.ToString(format);
}
