using Vicinal.Ebpf.Elf;
using Vicinal.Ebpf.Tests.Support;

namespace Vicinal.Ebpf.Tests;

[Collection(KernelCollection.Name)]
public sealed class BpfObjectTests
{
    [Fact]
    public void An_object_of_clangs_tells_its_maps_programs_and_licence()
    {
        BpfObjectFile file = BpfObjectFile.Parse(SampleObject.Counter);
        file.License.ShouldBe("GPL");
        file.Maps.ShouldBe(
        [
            new BpfMapDefinition("counters", BpfMapType.Array, 4, 8, 4, BpfMapFlags.MemoryMappable),
            new BpfMapDefinition("seen_marks", BpfMapType.Hash, 4, 8, 1000),
        ]);
        file.Programs.Select(p => (p.Section, p.Name)).ShouldBe([("tc", "count_first"), ("tc", "count_second"), ("tc/other", "plain")]);
        file.Programs[1].References.Select(r => r.Map).ShouldBe(["counters", "seen_marks"]);
    }

    [Fact]
    public void Loaded_programs_use_the_maps_they_name()
    {
        using BpfObject loaded = BpfObject.Load(SampleObject.Counter);
        byte[] packet = new byte[64];
        SkbContext context = new() { Mark = 5 };
        byte[] value = new byte[8];
        loaded.Map("seen_marks").Update(BitConverter.GetBytes(5), value);

        loaded.Program("count_first").Run(packet, packet, repeat: 3).ReturnValue.ShouldBe(0u);
        loaded.Program("count_second").Run(packet, packet, ref context, repeat: 2).ReturnValue.ShouldBe(2u);
        loaded.Program("plain").Run(packet, packet, ref context).ReturnValue.ShouldBe(6u);

        using BpfMappedArray counters = loaded.Map("counters").Map();
        counters.At<long>(1).ShouldBe(3);
        counters.At<long>(2).ShouldBe(2);
        loaded.Map("seen_marks").TryLookup(BitConverter.GetBytes(5), value).ShouldBeTrue();
        BitConverter.ToInt64(value).ShouldBe(2);
    }

    [Fact]
    public void The_caller_may_give_its_own_maps_and_keeps_them()
    {
        using BpfMap own = BpfMap.Create(new BpfMapDefinition("seen_marks", BpfMapType.Hash, 4, 8, 5000));
        using (BpfObject loaded = BpfObject.Load(SampleObject.Counter, d => d.Name == "seen_marks" ? own : null))
        {
            loaded.Map("seen_marks").ShouldBeSameAs(own);
            loaded.Map("counters").Definition.MaxEntries.ShouldBe(4);
        }

        own.TryUpdate(BitConverter.GetBytes(1), new byte[8]).ShouldBeTrue();
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_names_there_are()
    {
        using BpfObject loaded = BpfObject.Load(SampleObject.Counter);
        Should.Throw<ArgumentException>(() => loaded.Program("count_third")).Message.ShouldContain("count_second");
        Should.Throw<ArgumentException>(() => loaded.Map("marks")).Message.ShouldContain("seen_marks");
    }
}
