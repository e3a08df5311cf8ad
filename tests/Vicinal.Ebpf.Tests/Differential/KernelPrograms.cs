using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;
using Vicinal.Ebpf.Layout;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>The committed programs with maps of their own, run on one packet at a time (BPF_PROG_TEST_RUN) and attached to nothing.</summary>
internal sealed class KernelPrograms : IDisposable
{
    public const uint HostPortMark = 0x56494349;
    private const uint Pass = 0;
    private const uint Shot = 2;
    private const uint Redirect = 7;
    private const uint LeaseSlot = 1000;

    private readonly BpfObject _object;
    private readonly List<BpfMap> _maps = [];
    private readonly byte[] _output = new byte[1 << 16];
    private KernelConfig _config = new() { UpcallInterface = 1, TunnelInterface = 1, UpcallInterval = 1, UpcallBurst = uint.MaxValue, HasGre = 1 };

    public KernelPrograms()
    {
        _object = BpfObject.Load(FastPath.ReadImage(), Small);
        SetConfig((ref KernelConfig config) => (config.LeaseSlots[0], config.LeaseSlots[1]) = (LeaseSlot + 1, LeaseSlot + 2));
    }

    public delegate void ConfigChange(ref KernelConfig config);

    public void SetConfig(ConfigChange change)
    {
        change(ref _config);
        _object.Map("config").Update(Bytes(0), Bytes(_config));
    }

    public void SetInput(int interfaceIndex, InputKinds kinds, uint physical) =>
        _object.Map("inputs").Update(Bytes(interfaceIndex), Bytes(new KernelInput { Kinds = kinds, Physical = physical }));

    public void SetPhysical(uint physical, int interfaceIndex) => _object.Map("physicals").Update(Bytes(physical), Bytes(interfaceIndex));

    public void SetOwnMac(int physical, MacAddress mac) => _object.Map("own_macs").Update(Bytes(new KernelOwnMac(physical, 0, mac)), Bytes(1));

    public void SetPeer(IpAddress address, uint number) => _object.Map("peers").Update(Bytes(address), Bytes(new KernelPeer { Number = number }));

    public void SetGeneration(uint slot, ulong value) => _object.Map("generations").Update(Bytes(slot), Bytes(value));

    /// <param name="until">Nanoseconds of the monotonic clock.</param>
    public void SetLease(LeaseKind kind, ulong until) => SetGeneration(LeaseSlot + (uint)kind, until);

    public void Put(in FlowKey key, in FlowAction action)
    {
        byte[] value = [.. Bytes(new KernelFlow { Epoch = 7, Slot = 9 }), .. Bytes(action)];
        _object.Map("flows").Update(Bytes(key), value);
    }

    public void Remove(in FlowKey key) => _object.Map("flows").Delete(Bytes(key));

    public KernelFlow Read(in FlowKey key, out FlowAction action)
    {
        byte[] value = new byte[KernelFlow.ValueSize];
        _object.Map("flows").TryLookup(Bytes(key), value).ShouldBeTrue();
        action = MemoryMarshal.Read<FlowAction>(value.AsSpan(KernelFlow.Size));
        return MemoryMarshal.Read<KernelFlow>(value);
    }

    public long Counter(string name)
    {
        BpfMap counters = _object.Map("counters");
        byte[] values = new byte[counters.ValueBytes];
        counters.TryLookup(Bytes(Array.IndexOf(s_counters, name)), values).ShouldBeTrue();
        long sum = 0;
        foreach (long value in MemoryMarshal.Cast<byte, long>(values))
        {
            sum += value;
        }

        return sum;
    }

    /// <summary>The kernel runs nothing on a frame that ends within its IP header.</summary>
    public static bool CanRun(ReadOnlySpan<byte> frame) =>
        frame.Length > 14 + (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch { EtherType.Ipv4 => 19, EtherType.Ipv6 => 39, _ => 0 });

    public Outcome Run(Case c, int interfaceIndex, uint mark = 0)
    {
        SkbContext context = new() { IfIndex = (uint)interfaceIndex, IngressIfIndex = (uint)interfaceIndex, GsoSize = c.Offload.GsoSize, Mark = mark };
        BpfRunResult result = _object.Program(c.Kind == FlowInputKind.LocalPort ? "port" : "nic").Run(c.Frame, _output, ref context);
        byte[] output = _output[..result.OutputLength];
        switch (result.ReturnValue)
        {
            case Pass:
                return new Outcome(Fate.Passed, output);
            case Shot:
                return new Outcome(Fate.Dropped, output);
            case Redirect when IsUpcall(output):
                return new Outcome(Fate.Up, output[UpcallHeader.Size..], Upcall: MemoryMarshal.Read<UpcallHeader>(output));
            case Redirect:
                (context.Mark == HostPortMark).ShouldBe(c.Action?.OutputKind == FlowOutputKind.Physical, $"mark {context.Mark:x}\n{c}");
                return new Outcome(Fate.Carried, c.Action?.OutputKind == FlowOutputKind.Tunnel ? WithoutMacs(output) : output);
            default:
                throw new InvalidOperationException($"verdict {result.ReturnValue}\n{c}");
        }
    }

    public void Dispose()
    {
        _object.Dispose();
        _maps.ForEach(map => map.Dispose());
    }

    private static readonly string[] s_counters = [.. typeof(FastPathCounters).GetConstructors()[0].GetParameters().Select(p => p.Name!)];

    /// <summary>The programs do not look at the agent's memory for connections.</summary>
    private BpfMap? Small(BpfMapDefinition map)
    {
        if (map.Name != "connections")
        {
            return null;
        }

        _maps.Add(BpfMap.Create(map with { MaxEntries = 1 }));
        return _maps[^1];
    }

    /// <summary>The kernel fills in the outer MACs when it sends.</summary>
    private static byte[] WithoutMacs(byte[] frame)
    {
        frame.AsSpan(0, 12).Clear();
        return frame;
    }

    private static bool IsUpcall(byte[] frame) =>
        frame.Length >= UpcallHeader.Size + 14 && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) == UpcallHeader.EtherType && !frame.AsSpan(0, 12).ContainsAnyExcept((byte)0);

    private static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
