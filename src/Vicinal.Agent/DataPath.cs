using Microsoft.Extensions.Logging;
using Vicinal.Agent.Gateways;
using Vicinal.Agent.Gateways.Replication;
using Vicinal.Agent.Kernel;
using Vicinal.Agent.Services;
using Vicinal.Agent.Transmit;
using Vicinal.Agent.Wiring;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tunnels;
using Vicinal.Forwarding;
using Vicinal.Protocol.Gateways;

namespace Vicinal.Agent;

/// <summary>A port's wiring changed: the server is to know.</summary>
public readonly record struct PortReport(Guid PortId, bool Up, string Reason);

/// <summary>
/// Joins the pure node to the machine: ports come and go with netlink's news, packets go from devices through the node and out of devices
/// again, or by the programs in the kernel. Everything but <see cref="Post"/> and <see cref="Ask"/> runs on the data-path thread.
/// </summary>
public sealed partial class DataPath : IDisposable
{
    private readonly AgentSettings _settings;
    private readonly DataPathThread _thread;
    private readonly DeviceOutput _output = new();
    private readonly LinkMonitor _links;
    private readonly FrameGuard _guard;
    private readonly KernelPath? _kernel;
    private readonly ServiceNamespace? _services;
    private readonly ProviderNics _nics;
    private readonly Tunnels _tunnels;
    private readonly PortDevices _ports;
    private readonly List<LinkEvent> _linkEvents = [];
    private bool _served;
    private readonly TaskCompletionSource _programmed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Opens NICs and tunnels; the calling thread's network namespace is the node's.</summary>
    /// <exception cref="DeviceException">An interface of a bridge mapping or the tunnel address is not there, or the privilege is missing.</exception>
    /// <exception cref="KernelRefusalException">The kernel fast path was asked for, and cannot serve here.</exception>
    public DataPath(AgentSettings settings, Action<PortReport> report, Action<GatewayRoleReport> reportRole, ILogger log)
    {
        _settings = settings;
        _guard = FrameGuard.Open();
        _links = LinkMonitor.Open();
        _thread = new DataPathThread(Tick, EndRound, log);
        NodeLimits limits = new();
        _kernel = KernelPathOpening.Open(settings, _guard, limits, log);
        _lease = new LeaseClock(_kernel);
        ulong incarnation = (ulong)(DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
        Underlay underlay = ReadUnderlay(settings);
        _replication = new ReplicationLink(settings.TunnelAddress, underlay, incarnation, limits.Connections.Total, TellGateways);
        _health = new GatewayHealth(settings.BridgeMappings.ToDictionary(mapping => mapping.PhysicalNetwork, mapping => mapping.Interface), TellHealth);
        _services = ServiceOpening.Open(log);
        _nics = ProviderNics.Open(settings.BridgeMappings, _guard, hearsAll: _kernel is null);
        Node = new Node(SettingsOf(settings, limits, underlay.Mtu), _output, _kernel?.Flows, _kernel?.FirstGenerationSlot ?? 0, _kernel?.Journal, _replication);
        Node.OwnedChanged += ShareNics;
        Node.UpstreamHealthChanged += _health.Apply;
        Node.PeersChanged += () => _kernel?.Follow(Node);
        _tunnels = new Tunnels(
            settings.TunnelAddress, settings.TunnelTypes, Node.Counters, encapsulation => _kernel?.SocketOptions(encapsulation) ?? new TunnelSocketOptions());
        _output.Use(_nics.All, _tunnels, _services?.Queue);
        _ports = new PortDevices(settings.Host, Node, _thread, _output, _guard, _kernel, report, log);
        Gateways = OpenGateways(underlay, incarnation, reportRole, log);
    }

    /// <summary>Agrees with other nodes on who serves which gateway, on a thread of its own.</summary>
    public GatewayThread Gateways { get; }

    public Node Node { get; }

    /// <summary>Null: packets are carried in C# alone.</summary>
    public KernelStatus? Kernel => _kernel?.Status();

    /// <summary>Where the sockets for instances live; null where the node has no room for them.</summary>
    internal ServiceNamespace? Services => _services;

    /// <summary>
    /// Ends when the first state is in force in the kernel, too: what an earlier agent left there has been decided again. Until then nobody may be told that
    /// rows are.
    /// </summary>
    public Task Programmed => _programmed.Task;

    public void Start()
    {
        _ = Rehearsal.Run();
        _ = GatewayRehearsal.Run();
        _thread.Serve(_links.PollHandle, ReadLinks);
        _nics.Serve(_thread, Node);
        _tunnels.Serve(_thread, Node);
        _kernel?.Join(Node, _nics.All);
        _replication.Serve(_thread, Node);
        _services?.Serve(_thread, Node);
        ShareNics();
        _thread.Post(ReadLinks);
        _thread.Start();
        Gateways.Start();
    }

    public void Post(Action action) => _thread.Post(action);

    public Task<T> Ask<T>(Func<T> question) => _thread.Ask(question);

    /// <summary>Applies rows from the server. On the data-path thread.</summary>
    public void Apply(ReadOnlySpan<RowChange> changes)
    {
        Node.Apply(changes, DataPathThread.Now);
        _replication.Apply(changes);
        _health.Apply(changes);
        foreach (RowChange change in changes)
        {
            if (change.Key.Kind == RowKind.LocalPort)
            {
                _ports.Apply(change.Key.Id, (LocalPortRow?)change.Row);
            }
        }

        if (!_served)
        {
            // Only now: rows that cannot be applied are given again without those that are at fault.
            _served = true;
            _awaited.Begin(changes, DataPathThread.Now);
            TryServeKernel(DataPathThread.Now);
        }
    }

    /// <summary>Every port that is wired, for a server that has to be told anew.</summary>
    public IReadOnlyList<PortReport> WiredPorts() => _ports.Wired();

    /// <summary>The cached flows, with what the kernel has carried of them up to now.</summary>
    public IEnumerable<FlowView> ReadFlows()
    {
        _kernel?.ReadFlows(DataPathThread.Now);
        return Node.FlowViews;
    }

    /// <summary>The walk of one frame as it would come in from a port's tap.</summary>
    /// <returns>Null when the port is not wired here.</returns>
    public TraceResult? TraceFromPort(Guid portId, ReadOnlySpan<byte> frame) =>
        _ports.DeviceOf(portId) is >= 0 and int device ? Node.Trace(PacketSource.LocalPort(device), frame, DataPathThread.Now) : null;

    /// <summary>The index of a physical network that this node reaches.</summary>
    public int? PhysicalIndex(string physicalNetwork) => _nics.IndexOf(physicalNetwork);

    public string PhysicalName(int index) => index < _settings.BridgeMappings.Count ? _settings.BridgeMappings[index].PhysicalNetwork : $"{index}";

    /// <summary>The interface behind a device number of the node.</summary>
    public string DeviceName(int device) => _ports.NameOf(device);

    public void Dispose()
    {
        // It stores into memory that the kernel path maps.
        Gateways.Dispose();
        _thread.Dispose();
        _replication.Dispose();
        _ports.Dispose();
        _nics.Dispose();
        _tunnels.Dispose();
        _services?.Dispose();
        _kernel?.Dispose();
        _links.Dispose();

        // The guards stay: without an agent, guests must still not reach the node's own stack.
        _guard.Dispose();
    }

    private NodeSettings SettingsOf(AgentSettings settings, NodeLimits limits, int underlayMtu) => new()
    {
        Host = settings.Host,
        TunnelAddress = settings.TunnelAddress,
        UnderlayMtu = underlayMtu,
        Mode = settings.Mode,
        PhysicalNetworks = [.. _nics.All.Select(nic => new PhysicalNetwork(nic.PhysicalNetwork, nic.Device.MacAddress))],
        Limits = limits,
        GatewayLease = _lease,
        ElectsGateways = true,
        HasServices = _services is not null,
        DhcpLeaseSeconds = settings.DhcpLeaseSeconds,
        HashSeed = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)),
    };

    private void Tick(long now)
    {
        TryServeKernel(now);
        _kernel?.Tick(now);
        Node.Tick(now);
        _ports.Tick();
    }

    /// <summary>Goes on with what an earlier agent left as soon as all is known that it is decided by.</summary>
    private void TryServeKernel(long now)
    {
        if (_awaited.TryEnd(now))
        {
            _kernel?.Serve(Node, _thread);
            ShareNics();
            _ports.ReleaseStale([.. _settings.BridgeMappings.Select(mapping => mapping.Interface), .. MetadataDevices.Names]);
            _programmed.TrySetResult();
        }
    }

    private void ReadLinks()
    {
        _linkEvents.Clear();
        _links.Read(_linkEvents);
        foreach (LinkEvent change in _linkEvents)
        {
            _ports.Apply(change);
            _health.Apply(change);
            if (change.Change != LinkChange.Vanished)
            {
                _nics.Refresh(change.Link);
            }
        }
    }

    private void ShareNics() => _nics.Share(Node.Owned, _kernel);
}
