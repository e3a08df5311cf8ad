using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Resources;

namespace Vicinal.Bench.Migration;

/// <summary>What a router's users notice when it becomes distributed or centralized: the live way, and the way that takes it down.</summary>
internal static class MigrationBench
{
    private static readonly string[] s_ways =
        [TenantTraffic.EastWest, TenantTraffic.EastWestV6, TenantTraffic.ExtraRoute, TenantTraffic.FloatingIp, TenantTraffic.SourceNat, TenantTraffic.Ipv6NorthSouth];

    /// <param name="arguments">The number of migrations in each direction, and of changes with the openstack client.</param>
    public static Section Run(string[] arguments)
    {
        int times = arguments.Length > 0 ? int.Parse(arguments[0]) : 25;
        int typed = arguments.Length > 1 ? int.Parse(arguments[1]) : 3;
        Section section = new("Migration: a router changes its kind under traffic");
        RouterKind centralized = new(false, true);
        RouterKind distributed = new(true, true);
        using MigrationCloud cloud = MigrationCloud.Up(Leftovers.LabName("migrate"), centralized);
        section.Line($"A server, computes c1 and c2 and gateway nodes g1 and g2 as processes in namespaces, datapath {cloud.Datapath}. Pings go once a millisecond along each way; a gap is from the first of a row");
        section.Line("of lost ones to the next that was answered. A TCP connection by each of east-west, floating IP and source NAT was open before and has to echo after.");
        section.Line("Goals for `vicinal migrate router`: nothing lost east-west and by floating IPs, gaps of source NAT of at most 10 ms, every connection survives.");
        section.Line("");
        section.Header("change", "way", "lost, p50", "lost, max", "gap p50 ms", "gap p90 ms", "gap max ms", "without loss", "times");
        Report(section, "vicinal migrate, to distributed", "vicinal migrate, to centralized", times, kind => cloud.Measure(tenant => cloud.Migrate(tenant, kind)));
        Report(section, "down and up by the API, to distributed", "down and up by the API, to centralized", times, kind => cloud.Measure(tenant => cloud.ByTheChapter(tenant, kind)));
        Report(section, "down and up with the openstack client, to distributed", "down and up with the openstack client, to centralized", typed, kind => cloud.Measure(tenant => cloud.ByTheClient(tenant, kind)));
        return section;

        void Report(Section into, string there, string back, int count, Func<RouterKind, MigrationSample> change)
        {
            List<MigrationSample> one = [];
            List<MigrationSample> other = [];
            for (int i = 0; i < count; i++)
            {
                one.Add(change(distributed));
                other.Add(change(centralized));
            }

            Rows(into, there, one);
            Rows(into, back, other);
        }
    }

    private static void Rows(Section section, string change, List<MigrationSample> samples)
    {
        foreach (string way in s_ways)
        {
            Samples lost = new();
            Samples gaps = new();
            foreach (MigrationSample sample in samples)
            {
                lost.Add(sample.Losses[way].Lost);
                gaps.Add(sample.Losses[way].Gap);
            }

            section.Row(
                change, way, $"{lost.Median:f0}", $"{lost.Max:f0}", $"{gaps.Median:f1}", $"{gaps.At(90):f1}", $"{gaps.Max:f1}",
                $"{samples.Count(sample => sample.Losses[way].Lost == 0)}", $"{samples.Count}");
        }

        Samples took = new();
        samples.ForEach(sample => took.Add(sample.Took));
        int connections = samples.Count * 3;
        section.Row(
            change, $"the command: {took.Median:f0} ms (max {took.Max:f0}); connections that survived: {connections - samples.Sum(sample => sample.Broken.Count)} of {connections}",
            "", "", "", "", "", "", "");
    }
}
