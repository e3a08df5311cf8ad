using System.Diagnostics;
using Vicinal.Bench.Processes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Processes;
using Tool = System.Diagnostics.Process;

namespace Vicinal.Bench.Wire.Peers;

/// <summary>
/// Open vSwitch with its userspace datapath and a Geneve tunnel between two nodes: each with an ovsdb-server and an ovs-vswitchd of its own,
/// in run directories of the bench. A service of the machine's is not touched.
/// </summary>
internal sealed class OpenVswitch : IPeer
{
    private const string Variant = "Open vSwitch userspace, Geneve";

    private readonly TwoNodes _nodes;
    private readonly string _directory = BenchDirectory.Create();
    private readonly List<LabProcess> _processes = [];

    private OpenVswitch(string name)
    {
        Interruption.Undo(() => BenchDirectory.Delete(_directory));
        _nodes = new TwoNodes(name);
        (string one, string two, string internet) = (_nodes.Namespace("guest1"), _nodes.Namespace("guest2"), _nodes.Namespace("internet"));
        Paths =
        [
            new Path(Variant, Treatment.Routed, one, two, OpenVswitchFlows.AddressOf(2)),
            new Path(Variant, Treatment.RoutedToVm, one, _nodes.Namespace("guest3"), OpenVswitchFlows.AddressOf(3)),
            new Path(Variant, Treatment.FloatingIp, two, internet, TwoNodes.Internet),
            new Path(Variant, Treatment.SourceNat, one, internet, TwoNodes.Internet),
        ];
    }

    public IReadOnlyList<Path> Paths { get; }

    public static IPeer Start(string name)
    {
        OpenVswitch made = new(name);
        try
        {
            made.StartNode(1, guests: [1]);
            made.StartNode(2, guests: [2, 3]);
            made.SetInternet();
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _nodes.Dispose();
        BenchDirectory.Delete(_directory);
    }

    private void StartNode(int n, int[] guests)
    {
        string node = _nodes.Namespace($"node{n}");
        string run = Directory.CreateDirectory(System.IO.Path.Combine(_directory, $"node{n}")).FullName;
        string database = $"unix:{run}/db.sock";
        LabProgram program = new("env", [$"OVS_RUNDIR={run}", $"OVS_LOGDIR={run}", $"OVS_DBDIR={run}"]);
        Run(node, "ovsdb-tool", "create", $"{run}/conf.db", "/usr/share/openvswitch/vswitch.ovsschema");
        _processes.Add(LabProcess.Start($"ovsdb{n}", node, program, ["ovsdb-server", $"{run}/conf.db", $"--remote=punix:{run}/db.sock", $"--unixctl={run}/db.ctl"], $"{run}/ovsdb.log"));
        WaitFor($"{run}/db.sock");
        Run(node, "ovs-vsctl", $"--db={database}", "--no-wait", "init");
        _processes.Add(LabProcess.Start($"vswitchd{n}", node, program, ["ovs-vswitchd", database, $"--unixctl={run}/vs.ctl"], $"{run}/vswitchd.log"));
        foreach (int guest in guests)
        {
            SetGuest(guest);
        }

        Run(node, "ovs-vsctl", $"--db={database}", "--timeout=10",
            "add-br", "br-phy", "--", "set", "bridge", "br-phy", "datapath_type=netdev", $"other-config:hwaddr=\"{MacOf(node, "eth0")}\"", "--", "add-port", "br-phy", "eth0");
        string[] ports = [.. guests.Select(guest => $"tap{guest}"), .. n == 2 ? (string[])["eth1"] : []];
        Run(node, "ovs-vsctl",
        [
            $"--db={database}", "--timeout=10", "add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev", "fail_mode=secure",
            .. ports.SelectMany(port => (string[])["--", "add-port", "br-int", port]),
            "--", "add-port", "br-int", "geneve0", "--", "set", "interface", "geneve0", "type=geneve", $"options:remote_ip={TwoNodes.Underlay(3 - n)}", "options:key=42",
        ]);
        IpCommand.Batch(node, [$"addr add {TwoNodes.Underlay(n)}/24 dev br-phy", "link set br-phy up", "link set eth0 promisc on"]);
        string flows = System.IO.Path.Combine(run, "flows");
        File.WriteAllLines(flows, n == 1 ? OpenVswitchFlows.Node1 : OpenVswitchFlows.Node2(MacOf(_nodes.Namespace("internet"), "eth0")));
        Run(node, "ovs-ofctl", "-O", "OpenFlow13", "add-flows", $"unix:{run}/br-int.mgmt", flows);
    }

    private void SetGuest(int guest)
    {
        string inside = _nodes.Namespace($"guest{guest}");
        WithoutOffloads(inside);
        IpCommand.Batch(inside,
        [
            $"addr add {OpenVswitchFlows.AddressOf(guest)}/24 dev eth0", "link set eth0 up",
            $"neigh add {OpenVswitchFlows.GatewayOf(guest)} lladdr {OpenVswitchFlows.RouterMac} dev eth0", $"route add default via {OpenVswitchFlows.GatewayOf(guest)}",
        ]);
    }

    private void SetInternet()
    {
        string inside = _nodes.Namespace("internet");
        WithoutOffloads(inside);
        IpCommand.Batch(inside, ((string[])[OpenVswitchFlows.FloatingIp, OpenVswitchFlows.RouterAddress]).Select(
            address => $"neigh add {address} lladdr {OpenVswitchFlows.ExternalMac} dev eth0"));
    }

    /// <summary>Without user-space TSO, which has no tunnels in Debian's build, its packets have to have their checksums and fit the MTU.</summary>
    private static void WithoutOffloads(string guest) => Run(guest, "ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off", "gro", "off");

    private static string MacOf(string node, string link) => IpCommand.Run("-n", node, "-o", "link", "show", link).Split("link/ether ")[1][..17];

    private static void WaitFor(string path)
    {
        for (int tries = 0; !File.Exists(path); tries++)
        {
            if (tries == 500)
            {
                throw new LabException($"{path} did not appear");
            }

            Thread.Sleep(10);
        }
    }

    private static void Run(string networkNamespace, string program, params string[] arguments)
    {
        ProcessStartInfo start = NetworkNamespace.Open(networkNamespace).StartInfo(program, arguments);
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        using Tool process = Tool.Start(start) ?? throw new LabException($"{program} did not start");
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new LabException($"{program} {string.Join(' ', arguments)}: {errors}");
        }
    }
}
