using System.Net;
using Vicinal.Model;
using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Packets;
using Vicinal.Protocol.Security;
using Vicinal.Server.Distribution;
using Vicinal.Server.Store;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Tests.Distribution;

/// <summary>A server's writer, distributor and agents' address on loopback; it may be stopped and started again on the same store and port.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TlsIdentity? _tls;
    private int _port;

    private TestServer(TlsIdentity? tls) => _tls = tls;

    public InMemoryStore Store { get; } = new();

    public TestLog Log { get; } = new();

    public ManualTime Time { get; } = new();

    public TopologyWriter Writer { get; private set; } = null!;

    public Distributor Distributor { get; private set; } = null!;

    public AgentLiveness Liveness { get; private set; } = null!;

    public AgentListener Listener { get; private set; } = null!;

    public string Address => $"127.0.0.1:{_port}";

    public Topology Topology => Writer.Current;

    public static async Task<TestServer> StartAsync(TlsIdentity? tls = null)
    {
        TestServer server = new(tls);
        await server.StartAgainAsync();
        return server;
    }

    public async Task StartAgainAsync()
    {
        Writer = TopologyWriter.Open(Store);
        Distributor = new Distributor(Writer, "openstacklocal.", Time, new Microsoft.Extensions.Logging.Logger<Distributor>(Log));
        Liveness = new AgentLiveness(Time, AgentLiveness.DefaultDownTime);
        AgentListenerOptions options = new(new IPEndPoint(IPAddress.Loopback, _port), _tls) { Heartbeat = TimeSpan.FromMilliseconds(50) };
        Listener = await AgentListener.StartAsync(options, Writer, Distributor, Liveness, Log);
        _port = Listener.Address.Port;
    }

    public async Task StopAsync()
    {
        await Listener.DisposeAsync();
        await Distributor.DisposeAsync();
        await Writer.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    public async Task<T> WriteAsync<T>(Func<TopologyEdit, T> edit) => (await Writer.WriteAsync(edit)).Value;

    public Task<Network> NetworkAsync() => WriteAsync(edit => edit.Put(new Network
    {
        Id = edit.NewId(),
        NetworkType = "geneve",
        SegmentationId = (int)edit.DrawSegmentationId("geneve", [new SegmentationRange(1, 0xFF_FFFF)])!.Value,
        Mtu = 1442,
    }));

    public Task<Port> PortAsync(Network network, string host, string name = "") => WriteAsync(edit =>
    {
        uint key = edit.Current.NextPortKey(network.Id);
        return edit.Put(new Port
        {
            Id = edit.NewId(),
            Name = name,
            NetworkId = network.Id,
            MacAddress = new MacAddress(0xFA16_3E00_0000UL | key),
            PortKey = key,
            BindingHostId = host,
            BindingVifType = "ovs",
        });
    });

    /// <summary>The port's status in the model, once it is this.</summary>
    public Task StatusAsync(Guid port, string status) =>
        Eventually.AsyncTrue(() => Topology.Ports[port].Status == status, () => $"port {port} is {Topology.Ports[port].Status}, not {status}");

    /// <summary>All nodes that the newest revision concerns have it in force.</summary>
    public async Task AppliedAsync(long? revision = null)
    {
        long wanted = revision ?? Topology.Revision;
        await Distributor.WaitForAsync(wanted);
        await Eventually.AsyncTrue(
            () => Distributor.Applied.Find(wanted) is { Pending.Count: 0 }, () => $"revision {wanted} is {Distributor.Applied.Find(wanted)}");
    }
}

/// <summary>Waits for what another thread does, and fails loudly when it does not.</summary>
internal static class Eventually
{
    public static async Task AsyncTrue(Func<bool> condition, Func<string> complaint)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!condition())
        {
            System.Diagnostics.Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(20), complaint());
            await Task.Delay(2);
        }
    }
}
