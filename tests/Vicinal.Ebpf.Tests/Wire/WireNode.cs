using Vicinal.Datapath.Flows;
using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>A node with the programs on real interfaces. What an agent would decide, tests put.</summary>
public sealed class WireNode : IDisposable
{
    public const ushort FirstPort = 49152;
    public const ushort LastPort = 65535;
    public const int Physical = 2;

    private readonly List<IDisposable> _devices = [];
    private readonly NetworkNamespace _guests;

    /// <param name="nic">Its NIC, in the namespace already, up and with the tunnel address.</param>
    public WireNode(NetworkNamespace space, string nic, IpAddress tunnelAddress, AttachChoice attach = AttachChoice.Auto)
    {
        Space = space;
        _guests = NetworkNamespace.Create(KernelFixture.Unique("g"));
        Route = Rtnetlink.Open(space);
        Nic = Route.GetLink(nic).Index;
        Upcalls = Space.Run(() => TapDevice.Open("up"));
        Route.DisableAddressGeneration("up");
        Route.SetUp("up");
        Path = Space.Run(() => FastPath.Open(new FastPathSettings
        {
            TunnelAddress = tunnelAddress,
            TunnelInterface = Nic,
            HasGre = true,
            Attach = attach,
            Flows = 1024,
            Connections = 64,
        }));
        Space.Run(() =>
        {
            Path.SetUpcallDevice(Route.GetLink("up").Index);
            Path.AttachNic(Nic, tunnel: true, Physical);
        });
    }

    public NetworkNamespace Space { get; }

    public Rtnetlink Route { get; }

    public FastPath Path { get; }

    public TapDevice Upcalls { get; }

    public int Nic { get; }

    /// <summary>A container's interface; the device is the container's side.</summary>
    public (IFrameDevice Device, int Index) AddVeth(string name)
    {
        Route.CreateVeth(new VethEnd(name), new VethEnd(name) { Namespace = _guests });
        Route.DisableAddressGeneration(name);
        using Rtnetlink guests = Rtnetlink.Open(_guests);
        guests.DisableAddressGeneration(name);
        guests.SetUp(name);
        Route.SetUp(name);
        VethReadiness.Await(Space, name, _guests, name);
        PacketSocketDevice device = _guests.Run(() => PacketSocketDevice.Open(name, new PacketSocketOptions { Promiscuous = true }));
        return (Own(device), Attach(name));
    }

    /// <summary>A virtual machine's interface; the device is the machine's side.</summary>
    public (IFrameDevice Device, int Index) AddTap(string name)
    {
        TapDevice device = Space.Run(() => TapDevice.Open(name));
        Route.DisableAddressGeneration(name);
        Route.SetUp(name);
        return (Own(device), Attach(name));
    }

    public void AddVxlanDevice(IpAddress local)
    {
        Route.CreateMetadataVxlan("vx", 4789, new MetadataTunnelOptions(local, FirstPort, LastPort));
        Route.DisableAddressGeneration("vx");
        Route.SetUp("vx");
        int index = Route.GetLink("vx").Index;
        Space.Run(() => Path.SetTunnelDevices(index, 0, FirstPort, LastPort));
    }

    /// <summary>Puts an entry for the packet's flow, and returns the packet as it would leave but for a tunnel.</summary>
    public PacketBuffer Decide(PacketBuffer packet, FlowInput input, Func<PacketHeaders, PacketHeaders> change, FlowOutput output)
    {
        PacketHeaders before = Traffic.Parse(packet);
        PacketHeaders after = change(before);
        FlowAction action = FlowActions.FromDifference(in before, in after, in output);
        action.TunnelSourcePort = 50_000;
        FlowKey.TryFrom(in before, in input, out FlowKey key).ShouldBeTrue();
        Path.Put(Bytes(key), Bytes(action), 1).ShouldBeTrue();
        PacketBuffer left = new();
        left.CopyFrom(packet);
        Executor.Execute(action with { OutputKind = FlowOutputKind.Port }, left, in before);
        return left;
    }

    public void Dispose()
    {
        Path.Dispose();
        _devices.ForEach(d => d.Dispose());
        Upcalls.Dispose();
        Route.Dispose();
        _guests.Delete();
    }

    private IFrameDevice Own(IFrameDevice device)
    {
        _devices.Add(device);
        return device;
    }

    private int Attach(string name)
    {
        int index = Route.GetLink(name).Index;
        SpinWait.SpinUntil(() => Route.GetLink(name).HasCarrier, 2000).ShouldBeTrue();
        Space.Run(() => Path.AttachPort(name));
        return index;
    }

    private static byte[] Bytes<T>(in T value)
        where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
