using System.Net.Sockets;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;
using Vicinal.Bench.Wire.Peers;
using Vicinal.Devices;
using Vicinal.Lab;

namespace Vicinal.Bench.Wire;

/// <summary>The data path on real interfaces, in alternation with what others do between two nodes on this machine.</summary>
internal static class WireBench
{
    private static readonly (string Name, Func<IPeer> Start)[] s_variants =
    [
        ("bare veth", () => BareVeth.Start(Leftovers.LabName("veth"))),
        ("kernel bridge", () => KernelBridge.Start(Leftovers.LabName("bridge"))),
        ("kernel routing", () => KernelRouting.Start(Leftovers.LabName("routing"), translated: false)),
        ("kernel routing nft", () => KernelRouting.Start(Leftovers.LabName("nft"), translated: true)),
        ("Open vSwitch", () => OpenVswitch.Start(Leftovers.LabName("ovs"))),
        ("Vicinal userspace", () => VicinalCloud.Start(Leftovers.LabName("user"), "userspace")),
        ("Vicinal ebpf", () => VicinalCloud.Start(Leftovers.LabName("ebpf"), "ebpf")),
    ];

    /// <param name="arguments">See <see cref="WireOptions"/>.</param>
    public static Section Run(string[] arguments)
    {
        WireOptions options = WireOptions.Parse(arguments);
        Section section = new("Data path on interfaces, beside its peers");
        Explain(section, options);
        List<IPeer> peers = [];
        Interruption.Undo(() => CpuGroup.Current?.Dispose());
        using CpuGroup? group = CpuGroup.Enter();
        try
        {
            foreach ((string name, Func<IPeer> start) in s_variants.Where(variant => options.Wants(variant.Name)))
            {
                Start(section, name, start, peers);
            }

            Dictionary<Path, PathSamples> samples = peers.SelectMany(peer => peer.Paths).ToDictionary(path => path, path => new PathSamples(path));
            Measure(samples, options);
            section.Line("");
            WireTables.Check(section, samples);
            section.Line("");
            WireTables.Write(section, samples);
            WireGoals.Write(section, samples);
            return section;
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }

    private static void Explain(Section section, WireOptions options)
    {
        section.Line("Two nodes are namespaces joined by one veth pair, guests are namespaces behind a veth each, the internet host is joined to the second node's external NIC;");
        section.Line($"the same for all, MTU of the guests {TwoNodes.GuestMtu}. Each of {options.Rounds} rounds measures every path once, back and forth in turn, after one to warm up: medians, and in");
        section.Line("brackets the least and the most. CPU is that of the whole way, sender and receiver included: of a control group with everything that the bench runs and of ksoftirqd,");
        section.Line("less what the daemons need without load.");
        section.Line("");
        section.Line("- 64 B packets: one flow in windows of 128, one thread sends a window and takes it in again (sendmmsg, recvmmsg): nothing is sent in vain.");
        section.Line("- VM-like tap: the receiver's port is a tap with vnet_hdr, and a process carries its frames, offload headers as they are, into the guest by a second tap; its cost is in all rows alike.");
        section.Line("- TCP is iperf3's. Open vSwitch's guests have offloads off: its userspace datapath tunnels no super-packets.");
        section.Line("- Ping: ICMP echo from a raw socket. It and first round trips begin 200 us after the last answer; from idle: 5 ms after it, so that the machine's own waking is in the number.");
        section.Line("- New connections: UDP, ports new each time, windows of 64; first round trips are of ordinary sockets; client and server are one thread.");
        section.Line("");
    }

    /// <summary>A variant that this machine or this build does not have is left out, with its reason.</summary>
    private static void Start(Section section, string name, Func<IPeer> start, List<IPeer> peers)
    {
        try
        {
            peers.Add(start());
        }
        catch (LabException e) when (!Interruption.IsUnderWay)
        {
            string[] lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            section.Line($"Left out: {name}: {string.Join(" ", lines.Take(3))}");
        }
    }

    private static void Measure(Dictionary<Path, PathSamples> samples, WireOptions options)
    {
        foreach (PathSamples path in samples.Values)
        {
            Attempt(() => path.WarmUp(options));
        }

        double baseline = MachineClock.Baseline();
        for (int round = 1; round <= options.Rounds; round++)
        {
            Console.Error.WriteLine($"round {round} of {options.Rounds}");
            foreach (PathSamples path in round % 2 == 1 ? samples.Values : samples.Values.Reverse())
            {
                Attempt(() => path.Measure(options, baseline));
            }
        }
    }

    /// <summary>What goes wrong along one path costs its number, not the run.</summary>
    private static void Attempt(Action measure)
    {
        try
        {
            measure();
        }
        catch (Exception e) when (e is LabException or DeviceException or SocketException && !Interruption.IsUnderWay)
        {
            Console.Error.WriteLine(e.Message);
        }
    }
}
