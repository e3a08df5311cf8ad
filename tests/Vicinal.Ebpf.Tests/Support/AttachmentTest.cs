namespace Vicinal.Ebpf.Tests.Support;

/// <summary>What tests of attachments have in common: a veth to attach to, pins, and counters.</summary>
public abstract class AttachmentTest : IDisposable
{
    protected const int Datagrams = 20;

    protected VethPair Pair { get; } = new();

    protected PinDirectory Pins { get; } = new();

    /// <summary>Four numbers that programs count in.</summary>
    protected BpfMap Counters { get; } = BpfMap.Create(new BpfMapDefinition("counters", BpfMapType.Array, 4, 8, 4));

    public void Dispose()
    {
        Counters.Dispose();
        Pins.Dispose();
        Pair.Dispose();
        GC.SuppressFinalize(this);
    }

    protected ProgramAttacher Attacher(AttachmentMode mode) => new(mode, Pair.Route, Pins.Path);

    protected T In<T>(Func<T> work) => Pair.Near.Run(work);

    protected long Counter(int index)
    {
        byte[] value = new byte[8];
        Counters.TryLookup(BitConverter.GetBytes(index), value).ShouldBeTrue();
        return BitConverter.ToInt64(value);
    }

    protected string Filters() => Tool.Run(Pair.Near, "tc", "filter", "show", "dev", "eth0", "ingress");

    /// <summary>Asked of tc itself, which shares no code with what is tested.</summary>
    protected bool HasClsact() => Tool.Run(Pair.Near, "tc", "qdisc", "show", "dev", "eth0").Contains("clsact", StringComparison.Ordinal);
}
