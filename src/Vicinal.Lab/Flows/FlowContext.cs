using System.Text.Json.Nodes;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>What every flow works with: the topology, the captures, and the probes with their bookkeeping.</summary>
public sealed partial class FlowContext(DemoTopology topology, CaptureSet captures)
{
    public const string Underlay = FabricScript.UnderlayNic;
    public const string External = FabricScript.ExternalNic;

    public static readonly string[] Computes = ["c1", "c2", "c3"];
    public static readonly string[] Gateways = ["g1", "g2"];

    public DemoTopology Topology { get; } = topology;

    public LabCloud Cloud => Topology.Cloud;

    public NeutronClient Neutron => Cloud.Neutron;

    public IpAddress Internet => Cloud.Plan.Internet;

    public IpAddress InternetV6 => Cloud.Plan.InternetV6;

    public Instance Vm(string name) => Topology[name];

    public IReadOnlyList<string> Nodes => [.. Cloud.Plan.Nodes.Select(node => node.Name)];

    /// <summary>Runs probes and returns all that was captured meanwhile.</summary>
    public FrameLog Watch(Action probes)
    {
        Cloud.Stopping.ThrowIfCancellationRequested();
        return FrameLog.Record(captures, probes);
    }

    /// <summary>ping, TCP and UDP from one instance (or the internet) to an address; all three are to pass or all to fail.</summary>
    public void Exchange(FlowReport report, string from, IpAddress to, string toName, bool passes = true, int port = DemoTopology.EchoPort)
    {
        Cloud.Stopping.ThrowIfCancellationRequested();
        string networkNamespace = Cloud.Namespace(from);
        int patience = passes ? 2000 : 400;
        report.Send($"{from} -> {toName} {to}: ping, TCP {port}, UDP {port}");
        bool ping = PingProbe.Reaches(networkNamespace, to, new PingOptions { TimeoutMilliseconds = patience });
        bool tcp = EchoProbe.Tcp(networkNamespace, to, port, timeoutMilliseconds: patience);
        bool udp = EchoProbe.Udp(networkNamespace, to, port, timeoutMilliseconds: patience);
        string verb = passes ? "reaches" : "does not reach";
        report.Check($"{from} {verb} {toName} {to}", (ping, tcp, udp) == (passes, passes, passes), $"ping {Word(ping)}, TCP {Word(tcp)}, UDP {Word(udp)}");
    }

    /// <summary>No node but those named sent anything with the addresses on that NIC.</summary>
    public void NothingElsewhere(FlowReport report, FrameLog log, string nic, IReadOnlyCollection<string> allowed, params IpAddress[] addresses)
    {
        List<string> strays = [.. Nodes.Except(allowed, StringComparer.Ordinal)
            .Select(node => (Node: node, Count: log.Sent(node, nic, addresses)))
            .Where(found => found.Count > 0).Select(found => $"{found.Node}: {found.Count}")];
        string where = nic == Underlay ? "underlay" : "external NIC";
        string who = string.Join(", ", Nodes.Except(allowed, StringComparer.Ordinal));
        report.Check($"nothing on the {where} of {who}", strays.Count == 0, strays.Count == 0 ? "0 frames" : string.Join("; ", strays));
    }

    /// <summary>The nodes among some that sent packets with the addresses on that NIC.</summary>
    public static IReadOnlyList<string> Carriers(FrameLog log, IEnumerable<string> nodes, string nic, params IpAddress[] addresses) =>
        [.. nodes.Where(node => log.Sent(node, nic, addresses) > 0)];

    /// <summary>Makes a floating IP for an instance and waits until the cloud says that it works.</summary>
    public (string Id, IpAddress Address) FloatingIp(string instance)
    {
        JsonObject made = Neutron.Create("floatingips", new JsonObject
        {
            ["floating_network_id"] = Topology.PublicNetwork,
            ["port_id"] = Vm(instance).PortId.ToString(),
        });
        string id = (string)made["id"]!;
        Cloud.WaitFloatingIp(id);
        return (id, IpAddress.Parse((string)made["floating_ip_address"]!));
    }

    private static string Word(bool passed) => passed ? "passed" : "failed";
}
