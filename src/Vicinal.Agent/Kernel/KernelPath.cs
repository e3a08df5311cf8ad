using Microsoft.Extensions.Logging;
using Vicinal.Agent.Wiring;
using Vicinal.Datapath;
using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Devices;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;
using Vicinal.Devices.Tunnels;
using Vicinal.Ebpf;
using Vicinal.Forwarding;

namespace Vicinal.Agent.Kernel;

/// <summary>
/// The kernel fast path as the data path uses it: the programs carry decided flows, and what they cannot decide comes up to the node. It is opened before
/// the node, which mirrors its flows here, and joined to it afterwards. Owned by the data-path thread.
/// </summary>
internal sealed class KernelPath : IDisposable
{
    /// <summary>What waited longer (in ms) for the first state is not sent on any more.</summary>
    private const long LongestWait = 2000;

    private readonly FastPath _fastPath;
    private readonly TapDevice _upcalls;
    private readonly LinkInfo _tunnel;
    private readonly PinDirectory _pins;
    private readonly MetadataDevices _devices;
    private readonly KernelFlows _flows;
    private readonly TunnelPeers _peers;
    private readonly KernelJournal _journal;
    private readonly ILogger _log;
    private readonly Dictionary<int, int> _physicals = [];
    private UpcallReader? _reader;
    private FlowAdoption? _adoption;
    private bool _serves;
    private readonly long _opened;
    private KernelSweep? _sweep;
    private KernelDrops? _drops;

    private KernelPath(FastPath fastPath, TapDevice upcalls, LinkInfo tunnel, PinDirectory pins, MetadataDevices devices, NodeLimits limits, ILogger log)
    {
        _fastPath = fastPath;
        _upcalls = upcalls;
        _tunnel = tunnel;
        _pins = pins;
        _devices = devices;
        _flows = new KernelFlows(fastPath, limits.Flows);
        _peers = new TunnelPeers(fastPath);
        _journal = new KernelJournal(fastPath);
        _log = log;
        _opened = DataPathThread.Now;
    }

    public IFlowMirror Flows => _flows;

    public IConnectionJournal Journal => _journal;

    public uint FirstGenerationSlot => _fastPath.FirstGenerationSlot;

    /// <exception cref="KernelRefusalException">It cannot serve here, and why.</exception>
    public static KernelPath Open(AgentSettings settings, AttachmentMode attach, FrameGuard guard, NodeLimits limits, ILogger log)
    {
        FastPath? fastPath = null;
        TapDevice? upcalls = null;
        try
        {
            using Rtnetlink route = Rtnetlink.Open();
            LinkInfo tunnel = TunnelInterface.Find(route, settings.TunnelAddress, out int prefixLength);
            PinDirectory pins = PinDirectory.Open(settings);
            fastPath = FastPath.Open(SettingsOf(settings, attach, tunnel, pins, limits) with { TunnelPrefixLength = prefixLength });
            (upcalls, int index) = UpcallTap.Open(route);
            fastPath.SetUpcallDevice(index);
            MetadataDevices devices = MetadataDevices.Open(route, guard, settings.TunnelAddress);
            fastPath.SetTunnelDevices(devices.Vxlan, devices.Geneve, MetadataDevices.FirstSourcePort, MetadataDevices.LastSourcePort);
            return new KernelPath(fastPath, upcalls, tunnel, pins, devices, limits, log);
        }
        catch (Exception e) when (e is DeviceException or BpfObjectException or BpfVerifierException)
        {
            upcalls?.Dispose();
            fastPath?.Dispose();
            throw new KernelRefusalException(e.Message, e);
        }
    }

    /// <summary>
    /// Puts the programs on the NICs: from here on they have what comes in. What they cannot decide waits until <see cref="Serve"/>, since a node without
    /// its state would drop it and put that in the place of what an earlier agent decided.
    /// </summary>
    public void Join(Node node, IReadOnlyList<Nic> nics)
    {
        _sweep = new KernelSweep(_fastPath, _flows, node);
        _drops = new KernelDrops(_fastPath, node.Counters);
        _reader = new UpcallReader(_upcalls, node, _physicals);
        foreach (Nic nic in nics)
        {
            int index = nic.Device.InterfaceIndex;
            _physicals[index] = nic.Index;
            _fastPath.AttachNic(index, tunnel: index == _tunnel.Index, nic.Index);
        }

        if (!_physicals.ContainsKey(_tunnel.Index))
        {
            _fastPath.AttachNic(_tunnel.Index, tunnel: true, physical: -1);
        }

    }

    /// <summary>Programs have what comes in; the UDP port may be a tunnel device's.</summary>
    public TunnelSocketOptions SocketOptions(Encapsulation encapsulation) => new() { Receives = !_devices.Has(encapsulation), Joins = false };

    /// <summary>
    /// The node has its state, and decides from now on. What an earlier agent decided is decided again first; peers are known by their new numbers only
    /// then, so that until then the old entries carry what comes from them.
    /// </summary>
    public void Serve(Node node, DataPathThread thread)
    {
        long now = DataPathThread.Now;
        if (_fastPath.Adopted)
        {
            _adoption = new FlowAdoption(_fastPath, _journal, node, _log);
            _adoption.Begin(now);
        }

        foreach (FormerAnswer answer in _fastPath.TakeAnswers())
        {
            node.AdoptAnswer(new FlowInput((FlowInputKind)answer.InputKind, answer.InputIndex), answer.Vlan, answer.Target, now);
        }

        _serves = true;
        Follow(node);
        if (now - _opened > LongestWait)
        {
            _reader!.Discard();
        }

        thread.Serve(_upcalls.PollHandle, _reader!.Read);
    }

    public void Follow(Node node)
    {
        if (_serves)
        {
            _peers.Follow(node);
        }
    }

    public void SetOwnMacs(int physical, IEnumerable<OwnedAddress> owned)
    {
        if (_serves)
        {
            _fastPath.SetOwnMacs(physical, owned.Select(address => (address.VlanId, address.Mac)));
        }
    }

    public void AttachPort(string device) => _fastPath.AttachPort(device);

    public void DetachPort(int interfaceIndex) => _fastPath.DetachPort(interfaceIndex);

    /// <summary>Programs of an earlier agent go from interfaces that are no ports any more, and those that it attached in another way.</summary>
    public void KeepPorts(HashSet<int> kept)
    {
        foreach (int index in _fastPath.AttachedPorts().Where(index => !kept.Contains(index)))
        {
            _fastPath.DetachPort(index);
        }

        if (_fastPath.Adopted)
        {
            _fastPath.DetachOtherMode();
        }
    }

    /// <summary>Until when entries and answers under a lease hold, in nanoseconds of the monotonic clock. Any thread, until this is disposed.</summary>
    public void SetLeases(long shortUntil, long longUntil)
    {
        _fastPath.SetLease(LeaseKind.Short, (ulong)shortUntil);
        _fastPath.SetLease(LeaseKind.Long, (ulong)longUntil);
    }

    public void Tick(long now)
    {
        if (_serves)
        {
            _fastPath.Beat((ulong)now * 1_000_000);
        }

        _adoption?.Tick(now);
        _sweep!.Tick(now);
        _drops!.Tick(now);
    }

    /// <summary>Brings the node's numbers of mirrored flows up to date.</summary>
    public void ReadFlows(long now) => _sweep!.Complete(now);

    public KernelStatus Status() => new(
        _fastPath.Mode, _fastPath.Pinned, _pins.Refusal, _tunnel.Name, _devices.Present, _fastPath.Adopted, _drops!.Read(), _reader!.Received, _reader.Ignored);

    public void Log(ILogger log)
    {
        string pinned = _pins.Path is { } path ? $"pinned at {path}" : $"not pinned, so that it ends with the agent ({_pins.Refusal})";
        string devices = _devices.Present is { Count: > 0 } present ? string.Join(", ", present) : "none";
        log.LogInformation(
            "Datapath ebpf: attached by {Mode}, {Pinned}; tunnels come in by {Tunnel}, collect-metadata devices: {Devices}",
            _fastPath.Mode.ToString().ToLowerInvariant(), pinned, _tunnel.Name, devices);
    }

    public void Dispose()
    {
        _upcalls.Dispose();
        _fastPath.Dispose();
    }

    private static FastPathSettings SettingsOf(AgentSettings settings, AttachmentMode attach, LinkInfo tunnel, PinDirectory pins, NodeLimits limits) => new()
    {
        PinDirectory = pins.Path,
        Attach = attach == AttachmentMode.Tcx ? AttachChoice.Tcx : AttachChoice.Clsact,
        TunnelAddress = settings.TunnelAddress,
        TunnelInterface = tunnel.Index,
        HasGre = settings.TunnelTypes.Contains(Encapsulation.Gre),
        Flows = limits.Flows,
        PeerDelivery = settings.PeerDelivery,
        Connections = limits.Connections.Total,
        Seed = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)),
    };
}
