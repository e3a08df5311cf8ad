using Microsoft.Extensions.Logging;
using Vicinal.Agent.Wiring;
using Vicinal.Datapath;
using Vicinal.Datapath.Flows;
using Vicinal.Devices;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;
using Vicinal.Ebpf;
using Vicinal.Forwarding;

namespace Vicinal.Agent.Kernel;

/// <summary>
/// The kernel fast path as the data path uses it: the programs carry decided flows, and what they cannot decide comes up to the node. It is opened before
/// the node, which mirrors its flows here, and joined to it afterwards. Owned by the data-path thread.
/// </summary>
internal sealed class KernelPath : IDisposable
{
    private readonly FastPath _fastPath;
    private readonly TapDevice _upcalls;
    private readonly LinkInfo _tunnel;
    private readonly PinDirectory _pins;
    private readonly MetadataDevices _devices;
    private readonly KernelFlows _flows;
    private readonly TunnelPeers _peers;
    private readonly Dictionary<int, int> _physicals = [];
    private UpcallReader? _reader;
    private bool _serves;
    private KernelSweep? _sweep;
    private KernelDrops? _drops;

    private KernelPath(FastPath fastPath, TapDevice upcalls, LinkInfo tunnel, PinDirectory pins, MetadataDevices devices, int flows)
    {
        _fastPath = fastPath;
        _upcalls = upcalls;
        _tunnel = tunnel;
        _pins = pins;
        _devices = devices;
        _flows = new KernelFlows(fastPath, flows);
        _peers = new TunnelPeers(fastPath);
    }

    public IFlowMirror Flows => _flows;

    public uint FirstGenerationSlot => _fastPath.FirstGenerationSlot;

    /// <exception cref="KernelRefusalException">It cannot serve here, and why.</exception>
    public static KernelPath Open(AgentSettings settings, AttachmentMode attach, FrameGuard guard, int flows)
    {
        FastPath? fastPath = null;
        TapDevice? upcalls = null;
        try
        {
            using Rtnetlink route = Rtnetlink.Open();
            LinkInfo tunnel = TunnelInterface.Find(route, settings.TunnelAddress);
            PinDirectory pins = PinDirectory.Open(settings);
            fastPath = FastPath.Open(SettingsOf(settings, attach, tunnel, pins, flows));
            (upcalls, int index) = UpcallTap.Open(route);
            fastPath.SetUpcallDevice(index);
            MetadataDevices devices = MetadataDevices.Open(route, guard, settings.TunnelAddress);
            fastPath.SetTunnelDevices(devices.Vxlan, devices.Geneve, MetadataDevices.FirstSourcePort, MetadataDevices.LastSourcePort);
            return new KernelPath(fastPath, upcalls, tunnel, pins, devices, flows);
        }
        catch (Exception e) when (e is DeviceException or BpfObjectException or BpfVerifierException)
        {
            upcalls?.Dispose();
            fastPath?.Dispose();
            throw new KernelRefusalException(e.Message, e);
        }
    }

    /// <summary>Puts the programs on the NICs and hands what comes up to the node. From here on they have what comes in.</summary>
    public void Join(Node node, DataPathThread thread, IReadOnlyList<Nic> nics)
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

        thread.Serve(_upcalls.PollHandle, _reader.Read);
    }

    /// <summary>False: the encapsulation's packets come in by a device of the kernel, which has its UDP port.</summary>
    public bool LeavesPort(Encapsulation encapsulation) => !_devices.Has(encapsulation);

    /// <summary>The node has its state, and answers what it is asked; until then the programs say what an earlier agent said.</summary>
    public void Serve() => _serves = true;

    public void Follow(Node node) => _peers.Follow(node);

    public void SetOwnMacs(int physical, IEnumerable<OwnedAddress> owned) =>
        _fastPath.SetOwnMacs(physical, owned.Select(address => (address.VlanId, address.Mac)));

    public void AttachPort(int interfaceIndex) => _fastPath.AttachPort(interfaceIndex);

    public void DetachPort(int interfaceIndex) => _fastPath.DetachPort(interfaceIndex);

    /// <summary>Programs of an earlier agent go from interfaces that are no ports any more.</summary>
    public void KeepPorts(HashSet<int> kept)
    {
        foreach (int index in _fastPath.AttachedPorts().Where(index => !kept.Contains(index)))
        {
            _fastPath.DetachPort(index);
        }
    }

    public void Tick(long now)
    {
        if (_serves)
        {
            _fastPath.Beat((ulong)now * 1_000_000);
        }

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

    private static FastPathSettings SettingsOf(AgentSettings settings, AttachmentMode attach, LinkInfo tunnel, PinDirectory pins, int flows) => new()
    {
        PinDirectory = pins.Path,
        Attach = attach == AttachmentMode.Tcx ? AttachChoice.Tcx : AttachChoice.Clsact,
        TunnelAddress = settings.TunnelAddress,
        TunnelInterface = tunnel.Index,
        Flows = flows,
        Seed = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)),
    };
}
