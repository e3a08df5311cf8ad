using System.Diagnostics;
using Vicinal.Bench.Processes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Processes;
using Tool = System.Diagnostics.Process;

namespace Vicinal.Bench.Wire;

/// <summary>
/// Open vSwitch with its userspace datapath and a Geneve tunnel between two nodes: each with an ovsdb-server and an ovs-vswitchd of its own,
/// in run directories of the bench. A service of the machine's is not touched.
/// </summary>
internal sealed class OpenVswitch : IDisposable
{
    private readonly PeerFabric _fabric;
    private readonly string _directory = Directory.CreateTempSubdirectory("vicinal-ovs-").FullName;
    private readonly List<LabProcess> _processes = [];

    private OpenVswitch(string name)
    {
        Interruption.Undo(() => Interruption.DeleteDirectory(_directory));
        _fabric = new PeerFabric(name, "10.9.3");
    }

    public static (Path Path, IDisposable Made) Start(string name)
    {
        OpenVswitch made = new(name);
        try
        {
            made.StartNode(1);
            made.StartNode(2);
            return (made._fabric.Path("Open vSwitch 3.1 userspace, Geneve"), made);
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
        _fabric.Dispose();
        Interruption.DeleteDirectory(_directory);
    }

    private void StartNode(int n)
    {
        string node = _fabric.Namespace($"node{n}");
        string run = Directory.CreateDirectory(System.IO.Path.Combine(_directory, $"node{n}")).FullName;
        string database = $"unix:{run}/db.sock";
        LabProgram program = new("env", [$"OVS_RUNDIR={run}", $"OVS_LOGDIR={run}", $"OVS_DBDIR={run}"]);
        Run(node, "ovsdb-tool", "create", $"{run}/conf.db", "/usr/share/openvswitch/vswitch.ovsschema");
        _processes.Add(LabProcess.Start($"ovsdb{n}", node, program, ["ovsdb-server", $"{run}/conf.db", $"--remote=punix:{run}/db.sock", $"--unixctl={run}/db.ctl"], $"{run}/ovsdb.log"));
        WaitFor($"{run}/db.sock");
        Run(node, "ovs-vsctl", $"--db={database}", "--no-wait", "init");
        _processes.Add(LabProcess.Start($"vswitchd{n}", node, program, ["ovs-vswitchd", database, $"--unixctl={run}/vs.ctl"], $"{run}/vswitchd.log"));

        // Without user-space TSO, which Debian's build leaves off, its packets have to have their checksums and fit the MTU.
        Run(_fabric.Namespace($"guest{n}"), "ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off", "gro", "off");
        string mac = MacOf(node);
        Run(node, "ovs-vsctl", $"--db={database}", "--timeout=10",
            "add-br", "br-phy", "--", "set", "bridge", "br-phy", "datapath_type=netdev", $"other-config:hwaddr=\"{mac}\"", "--", "add-port", "br-phy", "eth0");
        Run(node, "ovs-vsctl", $"--db={database}", "--timeout=10",
            "add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev", "--", "add-port", "br-int", $"tap{n}",
            "--", "add-port", "br-int", "geneve0", "--", "set", "interface", "geneve0", "type=geneve", $"options:remote_ip={PeerFabric.Underlay(3 - n)}", "options:key=42");
        IpCommand.Batch(node, [$"addr add {PeerFabric.Underlay(n)}/24 dev br-phy", "link set br-phy up", "link set eth0 promisc on"]);
    }

    private static string MacOf(string node) => IpCommand.Run("-n", node, "-o", "link", "show", "eth0").Split("link/ether ")[1][..17];

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
