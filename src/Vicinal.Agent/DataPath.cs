using Microsoft.Extensions.Logging;
using Vicinal.Agent.Transmit;
using Vicinal.Agent.Wiring;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent;

/// <summary>A port's wiring changed: the server is to know.</summary>
public readonly record struct PortReport(Guid PortId, bool Up, string Reason);

/// <summary>
/// Joins the pure node to the machine: taps come and go with netlink's news, packets go from devices through the node and out of
/// devices again. Everything but <see cref="Post"/> and <see cref="Ask"/> runs on the data-path thread.
/// </summary>
public sealed class DataPath : IDisposable
{
    private readonly AgentSettings _settings;
    private readonly ILogger _log;
    private readonly DataPathThread _thread;
    private readonly DeviceOutput _output;
    private readonly LinkMonitor _links;
    private readonly FrameGuard _guard;
    private readonly PortWiring _wiring = new();
    private readonly List<Nic> _nics = [];
    private readonly Dictionary<Guid, Tap> _taps = [];
    private readonly Dictionary<Guid, LocalPortRow> _rows = [];
    private readonly List<LinkEvent> _linkEvents = [];
    private readonly TunnelEndpoint _geneve;
    private readonly TunnelEndpoint _vxlan;
    private readonly Action<PortReport> _report;
    private int _lastDevice;
    private bool _served;

    /// <summary>Opens NICs and the tunnel socket; the calling thread's network namespace is the node's.</summary>
    /// <exception cref="DeviceException">An interface of a bridge mapping or the tunnel address is not there, or the privilege is missing.</exception>
    public DataPath(AgentSettings settings, Action<PortReport> report, ILogger log)
    {
        _settings = settings;
        _report = report;
        _log = log;
        _guard = FrameGuard.Open();
        _links = LinkMonitor.Open();
        _output = new DeviceOutput();
        _thread = new DataPathThread(Tick, _output.Flush, log);
        for (int i = 0; i < settings.BridgeMappings.Count; i++)
        {
            _nics.Add(Nic.Open(settings.BridgeMappings[i], i, _guard));
        }

        Node = new Node(SettingsOf(settings), _output);
        Node.OwnedChanged += ShareNics;
        _geneve = TunnelEndpoint.Open(settings.TunnelAddress, Encapsulation.Geneve, Node.Counters);
        _vxlan = TunnelEndpoint.Open(settings.TunnelAddress, Encapsulation.Vxlan, Node.Counters);
        _output.Use(_nics, _geneve, _vxlan);
    }

    public Node Node { get; }

    public void Start()
    {
        _ = Rehearsal.Run();
        _thread.Serve(_links.PollHandle, ReadLinks);
        foreach (Nic nic in _nics)
        {
            _thread.Serve(nic.Device.PollHandle, () => nic.ReceiveFromWire(Node));
            _thread.Serve(nic.Host.PollHandle, () => nic.ReceiveFromHost(Node));
        }

        _thread.Serve(_geneve.PollHandle, () => _geneve.Receive(Node));
        _thread.Serve(_vxlan.PollHandle, () => _vxlan.Receive(Node));
        ShareNics();
        _thread.Post(ReadLinks);
        _thread.Start();
    }

    public void Post(Action action) => _thread.Post(action);

    public Task<T> Ask<T>(Func<T> question) => _thread.Ask(question);

    /// <summary>Applies rows from the server. On the data-path thread.</summary>
    public void Apply(ReadOnlySpan<RowChange> changes)
    {
        bool first = !_served;
        _served = true;
        Node.Apply(changes, DataPathThread.Now);
        foreach (RowChange change in changes)
        {
            if (change.Key.Kind == RowKind.LocalPort)
            {
                ApplyPort(change.Key.Id, (LocalPortRow?)change.Row);
            }
        }

        if (first)
        {
            ReleaseStaleGuards();
        }
    }

    /// <summary>Every port that is wired, for a server that has to be told anew.</summary>
    public IReadOnlyList<PortReport> WiredPorts() => [.. _wiring.Wired.Select(wired => new PortReport(wired.PortId, Up: true, "wired"))];

    /// <summary>The walk of one frame as it would come in from a port's tap.</summary>
    /// <returns>Null when the port is not wired here.</returns>
    public TraceResult? TraceFromPort(Guid portId, ReadOnlySpan<byte> frame) =>
        _taps.TryGetValue(portId, out Tap? tap) ? Node.Trace(PacketSource.LocalPort(tap.Index), frame, DataPathThread.Now) : null;

    /// <summary>The index of a physical network that this node reaches.</summary>
    public int? PhysicalIndex(string physicalNetwork) => _nics.Find(nic => nic.PhysicalNetwork == physicalNetwork)?.Index;

    public void Dispose()
    {
        _thread.Dispose();
        foreach (Tap tap in _taps.Values)
        {
            tap.Dispose();
        }

        _nics.ForEach(nic => nic.Dispose());
        _geneve.Dispose();
        _vxlan.Dispose();
        _links.Dispose();

        // The guards stay: without an agent, guests must still not reach the node's own stack.
        _guard.Dispose();
    }

    private NodeSettings SettingsOf(AgentSettings settings) => new()
    {
        Host = settings.Host,
        TunnelAddress = settings.TunnelAddress,
        Mode = settings.Mode,
        PhysicalNetworks = [.. _nics.Select(nic => new PhysicalNetwork(nic.PhysicalNetwork, nic.Device.MacAddress))],
        HashSeed = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)),
    };

    private void Tick(long now)
    {
        Node.Tick(now);
        foreach (Tap tap in _taps.Values)
        {
            if (tap.Device.State == DeviceState.Gone)
            {
                Execute(_wiring.InterfaceGone(tap.Device.Name));
                break;
            }
        }
    }

    private void ApplyPort(Guid portId, LocalPortRow? row)
    {
        LocalPortRow? before = _rows.GetValueOrDefault(portId);
        bool here = row is not null && row.Host == _settings.Host;
        if (here)
        {
            _rows[portId] = row!;
            Execute(_wiring.PortWanted(portId, row!.DeviceName));
        }
        else if (before is not null)
        {
            _rows.Remove(portId);
            Execute(_wiring.PortUnwanted(portId, before.DeviceName));
        }
    }

    /// <summary>
    /// Guards outlive the agent on purpose; those of ports that went while no agent was here go once the server has said which stay.
    /// </summary>
    private void ReleaseStaleGuards()
    {
        HashSet<string> kept = [.. _rows.Values.Select(row => row.DeviceName), .. _settings.BridgeMappings.Select(mapping => mapping.Interface)];
        foreach (string device in _guard.Guarded().Where(device => !kept.Contains(device)).ToList())
        {
            _guard.Release(device);
        }
    }

    private void ReadLinks()
    {
        _linkEvents.Clear();
        _links.Read(_linkEvents);
        foreach (LinkEvent change in _linkEvents)
        {
            if (change.Change == LinkChange.Vanished)
            {
                Execute(_wiring.InterfaceGone(change.Link.Name));
                continue;
            }

            if (change.Before is { } before && before.Name != change.Link.Name)
            {
                Execute(_wiring.InterfaceGone(before.Name));
            }

            if (change.Link.Name.StartsWith("tap", StringComparison.Ordinal))
            {
                Execute(_wiring.InterfaceAppeared(change.Link.Name, change.Link.Index));
            }

            RefreshNic(change.Link);
        }
    }

    private void RefreshNic(LinkInfo link)
    {
        foreach (Nic nic in _nics.Where(nic => nic.Device.InterfaceIndex == link.Index))
        {
            nic.Device.Refresh();
            nic.Host.Refresh();
        }

        foreach (Tap tap in _taps.Values.Where(tap => tap.Device.InterfaceIndex == link.Index))
        {
            tap.Device.Refresh();
        }
    }

    private void Execute(IEnumerable<WiringStep> steps)
    {
        foreach (WiringStep step in steps.ToList())
        {
            if (step.Action == WiringAction.Wire)
            {
                Wire(step);
            }
            else
            {
                Unwire(step);
            }
        }
    }

    private void Wire(WiringStep step)
    {
        try
        {
            Tap tap = Tap.Open(step.Device, ++_lastDevice, _guard);
            _taps[step.PortId] = tap;
            tap.Token = _thread.Serve(tap.Device.PollHandle, () => tap.Receive(Node));
            _output.Add(tap);
            Node.AttachPort(step.PortId, tap.Index);
            _report(new PortReport(step.PortId, Up: true, "wired"));
        }
        catch (DeviceException e)
        {
            _wiring.Failed(step.Device);
            _log.LogWarning("port {Port}: {Device} cannot be wired: {Error}", step.PortId, step.Device, e.Message);
            _report(new PortReport(step.PortId, Up: false, e.Message));
        }
    }

    private void Unwire(WiringStep step)
    {
        if (_taps.Remove(step.PortId, out Tap? tap))
        {
            Node.DetachPort(step.PortId);
            _output.Remove(tap);
            _thread.Forget(tap.Token, tap.Device.PollHandle);
            tap.Dispose();
            _guard.Release(step.Device);
            _report(new PortReport(step.PortId, Up: false, "unwired"));
        }
    }

    /// <summary>Tells the guard and the host ports which MACs on each NIC are ours now.</summary>
    private void ShareNics()
    {
        foreach (Nic nic in _nics)
        {
            List<MacAddress> own = [.. Node.Owned.Where(owned => owned.Physical == nic.Index).Select(owned => owned.Mac).Distinct()];
            nic.SetOwnMacs(own, _guard);
        }
    }
}
