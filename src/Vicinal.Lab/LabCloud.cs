using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Processes;
using Vicinal.Lab.Rest;

namespace Vicinal.Lab;

/// <summary>
/// A running lab: its namespaces, the server, one agent a node, and the instances booted so far. Disposing it ends the processes
/// by pid and deletes the namespaces, and with them every interface; <see cref="Sweep(LabPlan, string)"/> does the same for a lab whose process died.
/// </summary>
public sealed partial class LabCloud : IDisposable
{
    public const int ApiPort = 9696;
    public const int AgentPort = 9697;

    /// <summary>Names the server's member, for <see cref="Attach"/>.</summary>
    private const string ServerFile = "server-member";

    private readonly LabProgram _program;
    private readonly Dictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LabProcess> _agents = new(StringComparer.Ordinal);
    private LabProcess? _server;
    private bool _left;

    private LabCloud(LabPlan plan, LabProgram program, string directory, CancellationToken stopping)
    {
        Stopping = stopping;
        Plan = plan;
        _program = program;
        Directory = directory;
        Neutron = new NeutronClient(plan.Namespace(plan.ServerMember), new IPEndPoint(IPAddress.Loopback, ApiPort));
    }

    public LabPlan Plan { get; }

    /// <summary>Whoever made the lab wants to end: every wait and every probe of a flow stops with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Logs, certificates, the server's store and the agents' state.</summary>
    public string Directory { get; }

    public NeutronClient Neutron { get; }

    public IReadOnlyDictionary<string, Instance> Instances => _instances;

    public LabProcess Server => _server ?? throw new LabException("the server is not running");

    /// <summary>Makes everything and waits until every agent has reported to the server.</summary>
    public static LabCloud Up(LabPlan plan, LabProgram program, string directory, CancellationToken stopping = default)
    {
        Sweep(plan, directory);
        System.IO.Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, ServerFile), plan.ServerMember);
        LabCloud cloud = new(plan, program, directory, stopping);
        try
        {
            foreach (string name in FabricScript.Namespaces(plan))
            {
                stopping.ThrowIfCancellationRequested();
                NetworkNamespace.Create(name);
            }

            foreach ((string name, IReadOnlyList<string> commands) in FabricScript.Build(plan))
            {
                IpCommand.Batch(name, commands);
            }

            LabCertificates.Write(cloud.Certificates,
                [("server", plan.ServerAddress.ToIPAddress()), .. plan.Nodes.Select(n => (n.Name, plan.UnderlayAddress(n).ToIPAddress()))]);
            cloud.StartServer();
            foreach (LabNode node in plan.Nodes)
            {
                cloud.StartAgent(node.Name);
            }

            cloud.WaitFor("the server's API", cloud.Neutron.Answers);
            cloud.WaitFor("every agent's report", () => cloud.Neutron.List("agents").Count(a => (bool)a["alive"]!) >= plan.Nodes.Count);
            return cloud;
        }
        catch
        {
            cloud.Dispose();
            throw;
        }
    }

    /// <summary>A lab that was left up, to boot instances in. Its processes are others' to end, so disposing it leaves all as it is.</summary>
    /// <exception cref="LabException">No lab of that name is up.</exception>
    public static LabCloud Attach(string lab, string directory)
    {
        string serverFile = Path.Combine(directory, ServerFile);
        LabPlan plan = new() { Name = lab, Nodes = [] };
        plan = File.Exists(serverFile) ? plan with { ServerMember = File.ReadAllText(serverFile) } : plan;
        return NetworkNamespace.Exists(plan.Namespace(plan.ServerMember))
            ? new LabCloud(plan, LabProgram.Current(), directory, CancellationToken.None) { _left = true }
            : throw new LabException($"lab '{lab}' is not up");
    }

    /// <summary>Removes what a lab of that name left behind. Its processes are found by the namespaces they are in.</summary>
    public static void Sweep(LabPlan plan)
    {
        foreach (string name in NetworkNamespace.List().Where(name => name.StartsWith(plan.NamespacePrefix, StringComparison.Ordinal)))
        {
            foreach (string pid in IpCommand.Run("netns", "pids", name).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(pid => pid != Environment.ProcessId.ToString()))
            {
                using Process? kill = Process.Start(new ProcessStartInfo("kill", ["-KILL", pid]) { RedirectStandardError = true, UseShellExecute = false });
                kill?.WaitForExit();
            }

            NetworkNamespace.Open(name).Delete();
        }
    }

    /// <summary>As <see cref="Sweep(LabPlan)"/>, and unmounts what is mounted under the lab's directory, which then can be deleted.</summary>
    public static void Sweep(LabPlan plan, string directory)
    {
        Sweep(plan);
        PinMounts.RemoveUnder(directory);
    }

    public string StateOf(string node) => Path.Combine(Directory, "agents", node);

    public string Namespace(string member) => _instances.TryGetValue(member, out Instance? instance) ? instance.Namespace : Plan.Namespace(member);

    /// <summary>Keys and user data of the instances, for the agents' built-in source of metadata.</summary>
    public string MetadataDirectory => Path.Combine(Directory, "metadata");

    public void StartServer()
    {
        _server?.Dispose();
        _server = LabProcess.Start("server", Plan.Namespace(Plan.ServerMember), _program,
            [
                "server", "--listen", $"127.0.0.1:{ApiPort}", "--agents", AgentsEndPoint,
                "--store", $"sqlite:{Path.Combine(Directory, "server.db")}", .. Plan.ServerOptions, .. Tls("server"),
            ],
            LogOf("server"));
    }

    public void StopServer() => Server.Kill();

    public void StartAgent(string name)
    {
        LabNode node = Plan.Nodes.First(n => n.Name == name);
        if (_agents.Remove(name, out LabProcess? old))
        {
            old.Dispose();
        }

        MountPins(name);
        IEnumerable<string> mapping = Plan.NicsOf(node).Where(nic => nic.PhysicalNetwork is not null).SelectMany(nic => (string[])["--bridge-mapping", $"{nic.PhysicalNetwork}:{nic.Name}"]);
        string[] metadata = node.AgentOptions.Contains("--metadata-url") ? [] : ["--metadata-directory", MetadataDirectory];
        _agents[name] = LabProcess.Start(name, Plan.Namespace(name), _program,
            [
                "agent", "--host", name, "--server", AgentsEndPoint, "--tunnel-ip", Plan.UnderlayAddress(node).ToString(),
                "--mode", node.Mode, "--datapath", Plan.Datapath, .. mapping, .. metadata, .. node.AgentOptions, "--state-dir", StateOf(name), .. Tls(name),
            ],
            LogOf(name));
    }

    public LabProcess Agent(string node) => _agents[node];

    /// <summary>Who carries the packets on each node, and what the kernel's part has done, as the agents tell now.</summary>
    public IReadOnlyList<NodeDatapath> ReadDatapaths() => [.. Plan.Nodes.Select(node => NodeDatapath.Read(node.Name, StateOf(node.Name)))];

    /// <summary>An instance behind a veth pair, as a container.</summary>
    /// <param name="bare">Nobody sets its addresses and routes: it is to learn them.</param>
    public Instance Boot(string name, string node, JsonObject port, bool bare = false)
    {
        (Instance instance, Plug plug) = Describe(name, node, port);
        plug = bare ? plug with { Addresses = [], Gateways = [] } : plug;
        NetworkNamespace.Open(Plan.Namespace(node)).Run(plug.Wire);
        _instances[name] = instance;
        return instance;
    }

    /// <summary>An instance behind a tap that a process of user space serves, as a virtual machine. It runs until the caller disposes it.</summary>
    public VirtualMachine BootMachine(string name, string node, JsonObject port)
    {
        (Instance instance, Plug plug) = Describe(name, node, port);
        VirtualMachine machine = VirtualMachine.Start(plug, NetworkNamespace.Open(Plan.Namespace(node)));
        _instances[name] = instance;
        return machine;
    }

    public void Unplug(string name)
    {
        if (_instances.Remove(name, out Instance? instance))
        {
            instance.Delete(Plan);
        }
    }

    /// <summary>Captures on every node, the internet host and every instance.</summary>
    public CaptureSet OpenCaptures() => CaptureSet.Open(
        [.. Plan.Nodes.Select(node => (node.Name, Plan.Namespace(node.Name))), ("internet", Plan.Namespace("internet")),
         .. _instances.Values.Select(instance => (instance.Name, instance.Namespace))]);

    /// <summary>Leaves everything running; <see cref="Sweep(LabPlan, string)"/> ends it later.</summary>
    public void Leave()
    {
        _left = true;
        Dispose();
    }

    public void Dispose()
    {
        Neutron.Dispose();
        if (_left)
        {
            return;
        }

        foreach (LabProcess process in _agents.Values.Append(_server).OfType<LabProcess>())
        {
            process.Dispose();
        }

        Sweep(Plan, Directory);
    }

    /// <summary>Where the kernel has no bpffs for us, an agent that may choose does without; one that may not says itself what it lacks.</summary>
    private void MountPins(string node)
    {
        if (Plan.Datapath == "userspace")
        {
            return;
        }

        try
        {
            PinMounts.Make(StateOf(node));
        }
        catch (LabException) when (Plan.Datapath == "auto")
        {
        }
    }

    private (Instance Instance, Plug Plug) Describe(string name, string node, JsonObject port)
    {
        string network = (string)port["network_id"]!;
        int mtu = (int)Neutron.Get("networks", network)["mtu"]!;
        return Instance.Describe(Plan, name, node, port, Neutron.List("subnets", $"network_id={network}"), mtu);
    }

    private string AgentsEndPoint => new IPEndPoint(Plan.ServerAddress.ToIPAddress(), AgentPort).ToString();

    private string Certificates => Path.Combine(Directory, "tls");

    private string LogOf(string name)
    {
        string logs = Path.Combine(Directory, "logs");
        System.IO.Directory.CreateDirectory(logs);
        return Path.Combine(logs, $"{name}.log");
    }

    private string[] Tls(string name) =>
    [
        "--tls-cert", LabCertificates.CertificateOf(Certificates, name), "--tls-key", LabCertificates.KeyOf(Certificates, name),
        "--tls-ca", Path.Combine(Certificates, LabCertificates.Authority),
    ];
}
