using Vicinal.Bench.Labs;
using Vicinal.Bench.Measuring;
using Vicinal.Lab.Instances;

namespace Vicinal.Bench.Wire;

/// <summary>The data path on real interfaces, in alternation with what others do between two nodes on this machine.</summary>
internal static class WireBench
{
    /// <param name="arguments">The number of rounds.</param>
    public static Section Run(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0]) : 3;
        Section section = new("Data path on interfaces, beside its peers");
        section.Line($"Nodes and guests are namespaces on this machine, MTU of the guests {PeerFabric.GuestMtu}. Each of {rounds} rounds measures every row once, after one to warm up;");
        section.Line("medians. CPU is that of the whole machine (/proc/stat), sender and receiver included, so whatever else runs is in it; a row's ratios are to rows of the same rounds.");
        section.Line("OVN 23.03 on like namespaces, ping: routed 540 us, floating IP 180 us, SNAT 560 us.");
        section.Line("");
        List<IDisposable> made = [];
        try
        {
            List<Path> paths = Build(made);
            Dictionary<Path, PathSamples> samples = paths.ToDictionary(path => path, _ => new PathSamples());
            for (int round = 0; round <= rounds; round++)
            {
                foreach (Path path in paths)
                {
                    samples[path].Measure(path, keep: round > 0);
                }
            }

            Show(section, paths, samples);
            return section;
        }
        finally
        {
            made.ForEach(one => one.Dispose());
        }
    }

    private static List<Path> Build(List<IDisposable> made)
    {
        int id = Environment.ProcessId;
        List<Path> paths = [];
        foreach ((Path path, IDisposable peer) in (IEnumerable<(Path, IDisposable)>)[Peers.BareVeth($"veth{id}"), Peers.KernelVxlan($"vxlan{id}"), OpenVswitch.Start($"ovs{id}")])
        {
            made.Add(peer);
            paths.Add(path);
        }

        BenchLab lab = BenchLab.Up($"wire{id}");
        made.Add(lab);
        Instance one = lab.Boot("one", lab.Blue, "c1", lab.OpenGroup);
        Instance two = lab.Boot("two", lab.Blue, "c2", lab.OpenGroup);
        Instance three = lab.Boot("three", lab.Green, "c2", lab.OpenGroup);
        Instance four = lab.Boot("four", lab.Blue, "c1", lab.OpenGroup);
        lab.FloatingIp(four);
        string internet = lab.Cloud.Namespace("internet");
        string outside = lab.Cloud.Plan.Internet.ToString();
        paths.Add(new Path("Vicinal, same network, Geneve", one.Namespace, two.Namespace, two.Address.ToString()));
        paths.Add(new Path("Vicinal, routed, Geneve", one.Namespace, three.Namespace, three.Address.ToString()));
        paths.Add(new Path("Vicinal, floating IP to the internet", four.Namespace, internet, outside));
        paths.Add(new Path("Vicinal, SNAT on the gateway to the internet", one.Namespace, internet, outside));
        return paths;
    }

    private static void Show(Section section, List<Path> paths, Dictionary<Path, PathSamples> samples)
    {
        PathSamples veth = samples[paths[0]];
        PathSamples vxlan = samples[paths[1]];
        PathSamples ovs = samples[paths[2]];
        section.Header("path", "ping p50 us", "TCP Gbit/s", "Gbit per CPU-s", "64 B packets/s", "64 B packets per CPU-s",
            "Gbit per CPU-s to veth / vxlan / OVS", "64 B per CPU-s to veth / vxlan / OVS");
        foreach (Path path in paths)
        {
            PathSamples s = samples[path];
            section.Row(path.What, $"{s.Ping.Median:f0}", $"{s.Gbit.Median:f2}", $"{s.GbitPerCpu.Median:f2}", $"{s.Packets.Median:n0}", $"{s.PacketsPerCpu.Median:n0}",
                Ratios(p => p.GbitPerCpu), Ratios(p => p.PacketsPerCpu));

            string Ratios(Func<PathSamples, Samples> of) => string.Join(" / ", ((PathSamples[])[veth, vxlan, ovs]).Select(peer => $"{of(s).Median / of(peer).Median:f2}"));
        }
    }

    private sealed class PathSamples
    {
        public Samples Ping { get; } = new();

        public Samples Gbit { get; } = new();

        public Samples GbitPerCpu { get; } = new();

        public Samples Packets { get; } = new();

        public Samples PacketsPerCpu { get; } = new();

        public void Measure(Path path, bool keep)
        {
            double ping = Load.PingMicroseconds(path);
            LoadResult tcp = Load.Tcp(path);
            LoadResult small = Load.SmallPackets(path);
            if (!keep)
            {
                return;
            }

            Ping.Add(ping);
            if (tcp.Seconds > 0)
            {
                Gbit.Add(tcp.PerSecond);
                GbitPerCpu.Add(tcp.PerCpuSecond);
            }

            if (small.Seconds > 0)
            {
                Packets.Add(small.PerSecond);
                PacketsPerCpu.Add(small.PerCpuSecond);
            }
        }
    }
}
