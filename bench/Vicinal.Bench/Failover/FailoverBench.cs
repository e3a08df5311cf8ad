using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;
using Vicinal.Bench.React;
using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Outages;
using Vicinal.Lab.Tenants;

namespace Vicinal.Bench.Failover;

/// <summary>How long traffic through a gateway stands still when the node that serves it fails, and which connections go on.</summary>
internal static class FailoverBench
{
    /// <summary>Of each way.</summary>
    private const int Connections = 200;

    /// <summary>How long datagrams are watched in each repetition once the other node serves; a gap that is longer than that would show as no traffic at all.</summary>
    private static readonly TimeSpan s_watched = TimeSpan.FromMilliseconds(500);

    /// <param name="arguments">The number of failures of each kind.</param>
    public static Section Run(string[] arguments)
    {
        int times = arguments.Length > 0 ? int.Parse(arguments[0]) : 50;
        Section section = new("Failover of a gateway node");
        section.Line("A server, compute c1, n1 without an external NIC, gateway nodes g1 and g2 as processes in namespaces, BFD at 10 ms x 3, leases of 40 ms. Two datagrams a millisecond go");
        section.Line("from an instance on c1 to the internet under the router's address (SNAT), and as many from the internet to a floating IP of an instance on n1, which the gateway");
        section.Line($"owns (FIP); the time without traffic is the longest pause between two arrivals around the failure. Of each way {Connections} TCP connections are open all the time and are asked");
        section.Line("for an octet after each failure. Goals: 50 ms for half of the failures, 100 ms for 99 of 100, and 99.9 % of connections. In a split all other nodes lose the one that serves,");
        section.Line("which still shares the external segment with them: \"both spoke\" counts the times that it put anything there in the router's name after its successor had begun. Goal: 0.");
        section.Line("");
        section.Header("failure", "times", "SNAT p50 ms", "p99 ms", "max ms", "FIP p50 ms", "p99 ms", "max ms", "TCP by SNAT kept", "TCP by FIP kept", "both spoke");
        using FailoverLab lab = FailoverLab.Up(Leftovers.LabName("failover"));
        Measure(lab, section, "none: the same without a failure", times, (_, _) => null);
        Measure(lab, section, "node cut off: its NICs down", times, Outage.CutOff);
        Measure(lab, section, "agent killed, its programs removed", times, Outage.Kill);
        Measure(lab, section, "agent frozen (SIGSTOP), the kernel goes on", times, Outage.Freeze);
        Measure(lab, section, "split: alone on its half of the underlay", times, (cloud, active) => Outage.Split(cloud, active), listens: true);
        return section;
    }

    private static void Measure(FailoverLab lab, Section section, string what, int times, Func<LabCloud, string, Outage?> fail, bool listens = false)
    {
        Samples outward = new();
        Samples inward = new();
        int both = 0;
        using KeptConnections bySnat = new(lab.Inside, lab.Cloud.Plan.Internet, OpenGroup.EchoPort, Connections);
        using KeptConnections byFloating = new(lab.Outside, lab.Floating, OpenGroup.EchoPort, Connections);
        using DatagramWatch outside = new(lab.Outside, FailoverLab.DatagramPort);
        using DatagramWatch inside = new(lab.InsideFloating, FailoverLab.DatagramPort);
        using DatagramStream going = new(lab.Inside, lab.Cloud.Plan.Internet, FailoverLab.DatagramPort);
        using DatagramStream coming = new(lab.Outside, lab.Floating, FailoverLab.DatagramPort);
        for (int i = 0; i < times; i++)
        {
            (string active, string standby) = lab.WaitSettled();
            outside.Arm();
            inside.Arm();
            if (!outside.WaitFirst() || !inside.WaitFirst())
            {
                throw new LabException("waited for datagrams on both ways before a failure");
            }

            using ExternalWire? wire = listens ? lab.Listen() : null;
            using (Outage? outage = fail(lab.Cloud, active))
            {
                if (outage is not null)
                {
                    lab.WaitServedBy(standby);
                }

                Thread.Sleep(s_watched);
                outward.Add(outside.LongestPause);
                inward.Add(inside.LongestPause);
                bySnat.Ask();
                byFloating.Ask();
            }

            if (wire is not null)
            {
                // Healed, too: who was alone must have heard of its successor before it says anything.
                _ = lab.WaitSettled();
                both += wire.Turns().Count > 2 ? 1 : 0;
            }
        }

        _ = lab.WaitSettled();
        section.Row(what, $"{times}", $"{outward.Median:f1}", $"{outward.At(99):f1}", $"{outward.Max:f1}", $"{inward.Median:f1}", $"{inward.At(99):f1}", $"{inward.Max:f1}",
            Kept(bySnat), Kept(byFloating), listens ? $"{both}" : "");
    }

    private static string Kept(KeptConnections connections) => $"{100.0 * connections.Survived / connections.Asked:f2} % of {connections.Asked}";
}
