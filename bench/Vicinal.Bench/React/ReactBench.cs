using System.Diagnostics;
using System.Text.Json.Nodes;
using Vicinal.Bench.Labs;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;
using Vicinal.Lab.Instances;
using Vicinal.Packets;

namespace Vicinal.Bench.React;

/// <summary>How long the cloud takes from a change to packets that tell of it, in namespaces with a server and three agents.</summary>
internal static class ReactBench
{
    private const int Port = 5000;

    /// <param name="arguments">The number of repetitions.</param>
    public static Section Run(string[] arguments)
    {
        int times = arguments.Length > 0 ? int.Parse(arguments[0]) : 40;
        Section section = new("Reaction: from a change to its packets");
        section.Line("A server, computes c1 and c2 and gateway g1 as processes in namespaces, TLS between them. Times of API calls begin before the request is sent, so the");
        section.Line("durable write, the compiler and the stream to the node are in them; probes go twice a millisecond. The first is the first of fresh agents.");
        section.Line("");
        section.Header("event", "first ms", "p50 ms", "p90 ms", "max ms", "times", "goal ms", "OVN 23.03 ms");
        using BenchLab lab = BenchLab.Up(Leftovers.LabName("react"));
        Plugging(lab, section, times);
        Filtering(lab, section, times);
        Moving(lab, section, times);
        return section;
    }

    private static void Plugging(BenchLab lab, Section section, int times)
    {
        Instance same = lab.Boot("peer-blue", lab.Blue, "c2", lab.OpenGroup);
        Instance routed = lab.Boot("peer-green", lab.Green, "c2", lab.OpenGroup);
        PlugProbe probe = new(lab);
        Samples made = new();
        Row(section, "tap appears -> first ping, same network", "10", "35", Repeat(times, () => Timed(same.Mac, same.Address)));
        Row(section, "tap appears -> first ping, routed", "10", "37", Repeat(times, () => Timed(lab.RouterMac(lab.Blue), routed.Address)));
        section.Line($"| of both: the kernel makes the interface | | {made.Median:f1} | {made.At(90):f1} | {made.Max:f1} | {made.Count} | | |");

        double Timed(MacAddress nextHop, IpAddress peer)
        {
            (double answered, double creation) = probe.Run("c1", nextHop, peer);
            made.Add(creation);
            return answered;
        }
    }

    private static void Filtering(BenchLab lab, Section section, int times)
    {
        string group = (string)lab.Api.Create("security-groups", new JsonObject { ["name"] = "probe" })["id"]!;
        Instance from = lab.Boot("filter-from", lab.Blue, "c1", lab.OpenGroup);
        Instance to = lab.Boot("filter-to", lab.Blue, "c2", group);
        using DatagramWatch watch = new(to.Namespace, Port);
        using DatagramStream stream = new(from.Namespace, to.Address, Port);
        List<double> added = [];
        List<double> removed = [];
        List<double> calls = [];
        for (int i = 0; i < times; i++)
        {
            watch.WaitSilent();
            watch.Arm();
            long start = Stopwatch.GetTimestamp();
            string rule = (string)lab.Api.Create("security-group-rules", new JsonObject
            {
                ["security_group_id"] = group,
                ["direction"] = "ingress",
                ["ethertype"] = "IPv4",
                ["protocol"] = "udp",
                ["port_range_min"] = Port,
                ["port_range_max"] = Port,
            })["id"]!;
            calls.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            added.Add(watch.WaitFirst() ? Stopwatch.GetElapsedTime(start, watch.First).TotalMilliseconds : double.NaN);

            // Traffic runs for a while, so that it is an established flow that is cut.
            Thread.Sleep(40);
            start = Stopwatch.GetTimestamp();
            lab.Api.Delete("security-group-rules", rule);
            watch.WaitSilent();
            removed.Add(Math.Max(0, Stopwatch.GetElapsedTime(start, watch.Last).TotalMilliseconds));
        }

        Row(section, "security-group rule added -> first packet", "10", "73", added);
        Row(section, "security-group rule removed -> established flow cut", "10", "21", removed);
        Row(section, "of the former: the API call itself", "", "", calls);
    }

    private static void Moving(BenchLab lab, Section section, int times)
    {
        Instance[] places = [lab.Boot("move-1", lab.Blue, "c1", lab.OpenGroup), lab.Boot("move-2", lab.Blue, "c2", lab.OpenGroup)];
        (string id, IpAddress address) = lab.FloatingIp(places[0]);
        using DatagramWatch one = new(places[0].Namespace, Port);
        using DatagramWatch two = new(places[1].Namespace, Port);
        DatagramWatch[] watches = [one, two];
        using DatagramStream stream = new(lab.Cloud.Namespace("internet"), address, Port);
        one.WaitFirst();
        int at = 0;
        Row(section, "floating IP moved -> traffic on the new instance", "50", "990-1,060", Repeat(times, () =>
        {
            at = 1 - at;
            Thread.Sleep(60);
            watches[at].Arm();
            long start = Stopwatch.GetTimestamp();
            lab.Api.Update("floatingips", id, new JsonObject { ["port_id"] = places[at].PortId.ToString() });
            return watches[at].WaitFirst() ? Stopwatch.GetElapsedTime(start, watches[at].First).TotalMilliseconds : double.NaN;
        }));
    }

    private static List<double> Repeat(int times, Func<double> measure)
    {
        List<double> values = [];
        for (int i = 0; i < times; i++)
        {
            values.Add(measure());
        }

        return values;
    }

    private static void Row(Section section, string what, string goal, string ovn, List<double> values)
    {
        Samples samples = new();
        foreach (double value in values.Skip(1))
        {
            samples.Add(value);
        }

        section.Row(what, $"{values[0]:f1}", $"{samples.Median:f1}", $"{samples.At(90):f1}", $"{samples.Max:f1}", $"{samples.Count}", goal, ovn);
    }
}
