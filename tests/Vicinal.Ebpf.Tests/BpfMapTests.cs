using Vicinal.Devices;
using Vicinal.Ebpf.Tests.Support;

namespace Vicinal.Ebpf.Tests;

[Collection(KernelCollection.Name)]
public sealed class BpfMapTests
{
    private static readonly BpfMapDefinition Numbers = new("numbers", BpfMapType.Hash, 4, 8, 20_000);

    [Theory]
    [InlineData(BpfMapType.Hash)]
    [InlineData(BpfMapType.LruHash)]
    [InlineData(BpfMapType.PerCpuHash)]
    public void A_hash_map_gives_what_was_put_in_and_forgets_what_was_deleted(BpfMapType type)
    {
        using BpfMap map = BpfMap.Create(Numbers with { Type = type });
        byte[] value = new byte[map.ValueBytes];
        map.TryLookup(Bytes(7), value).ShouldBeFalse();

        value[^1] = 42;
        map.Update(Bytes(7), value);
        byte[] found = new byte[map.ValueBytes];
        map.TryLookup(Bytes(7), found).ShouldBeTrue();
        found.ShouldBe(value);

        map.TryUpdate(Bytes(7), value, BpfUpdateMode.OnlyNew).ShouldBeFalse();
        map.TryUpdate(Bytes(8), value, BpfUpdateMode.OnlyExisting).ShouldBeFalse();
        map.Delete(Bytes(7)).ShouldBeTrue();
        map.Delete(Bytes(7)).ShouldBeFalse();
        map.TryLookup(Bytes(7), found).ShouldBeFalse();
    }

    [Fact]
    public void A_full_map_refuses_by_false_and_by_name()
    {
        using BpfMap map = BpfMap.Create(Numbers with { MaxEntries = 2 });
        map.Update(Bytes(1), new byte[8]);
        map.Update(Bytes(2), new byte[8]);
        map.TryUpdate(Bytes(3), new byte[8]).ShouldBeFalse();
        Should.Throw<DeviceException>(() => map.Update(Bytes(3), new byte[8])).Message.ShouldContain("numbers");
    }

    [Fact]
    public void A_trie_finds_the_longest_prefix()
    {
        using BpfMap map = BpfMap.Create(new BpfMapDefinition("routes", BpfMapType.LpmTrie, 8, 4, 16, BpfMapFlags.NoPreallocation));
        map.Update([8, 0, 0, 0, 10, 0, 0, 0], Bytes(1));
        map.Update([16, 0, 0, 0, 10, 1, 0, 0], Bytes(2));
        byte[] value = new byte[4];
        map.TryLookup([32, 0, 0, 0, 10, 1, 2, 3], value).ShouldBeTrue();
        BitConverter.ToInt32(value).ShouldBe(2);
        map.TryLookup([32, 0, 0, 0, 10, 9, 2, 3], value).ShouldBeTrue();
        BitConverter.ToInt32(value).ShouldBe(1);
    }

    [Theory]
    [InlineData(BpfMapType.Array, 4, 8)]
    [InlineData(BpfMapType.PerCpuArray, 4, 8)]
    [InlineData(BpfMapType.ProgramArray, 4, 4)]
    [InlineData(BpfMapType.DevMap, 4, 4)]
    [InlineData(BpfMapType.DevMapHash, 4, 4)]
    [InlineData(BpfMapType.RingBuffer, 0, 0)]
    public void Other_kinds_are_made_pinned_and_known_again(BpfMapType type, int keySize, int valueSize)
    {
        using PinDirectory pins = new();
        BpfMapDefinition definition = new("other", type, keySize, valueSize, 4096);
        using BpfMap map = BpfMap.Create(definition);
        map.Pin(pins["other"]);
        using BpfMap again = BpfMap.OpenPinned(pins["other"], definition);
        again.Id.ShouldBe(map.Id);
    }

    [Fact]
    public void The_keys_are_walked_one_by_one()
    {
        using BpfMap map = BpfMap.Create(Numbers);
        HashSet<int> put = [3, 1, 4, 15, 9];
        foreach (int number in put)
        {
            map.Update(Bytes(number), new byte[8]);
        }

        HashSet<int> seen = [];
        byte[] key = new byte[4];
        for (bool more = map.NextKey([], key); more; more = map.NextKey(key, key))
        {
            seen.Add(BitConverter.ToInt32(key));
        }

        seen.ShouldBe(put, ignoreOrder: true);
    }

    [Fact]
    public void Calls_on_entries_allocate_nothing()
    {
        using BpfMap map = BpfMap.Create(Numbers);
        byte[] key = Bytes(1);
        byte[] value = new byte[8];
        Cycle(map, key, value);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(map, key, value);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Memory_and_lookups_see_the_same_values()
    {
        using BpfMap map = BpfMap.Create(new BpfMapDefinition("shared", BpfMapType.Array, 4, 12, 300, BpfMapFlags.MemoryMappable));
        using BpfMappedArray memory = map.Map();
        memory.Stride.ShouldBe(16);
        memory.Count.ShouldBe(300);

        memory.At<int>(299) = 77;
        byte[] value = new byte[12];
        map.TryLookup(Bytes(299), value).ShouldBeTrue();
        BitConverter.ToInt32(value).ShouldBe(77);

        value[0] = 78;
        map.Update(Bytes(5), value);
        memory[5][0].ShouldBe((byte)78);
        Should.Throw<ArgumentOutOfRangeException>(() => memory[300].Length);
    }

    [Fact]
    public void A_pinned_map_outlives_its_descriptor_and_keeps_its_entries()
    {
        using PinDirectory pins = new();
        using (BpfMap map = BpfMap.Create(Numbers))
        {
            map.Pin(pins["numbers"]);
            map.Update(Bytes(1), BitConverter.GetBytes(99L));
        }

        using BpfMap adopted = BpfMap.OpenPinned(pins["numbers"], Numbers);
        byte[] value = new byte[8];
        adopted.TryLookup(Bytes(1), value).ShouldBeTrue();
        BitConverter.ToInt64(value).ShouldBe(99);
    }

    [Fact]
    public void A_pinned_map_of_another_shape_is_refused_with_the_differences()
    {
        using PinDirectory pins = new();
        using BpfMap map = BpfMap.Create(Numbers);
        map.Pin(pins["numbers"]);
        BpfMapMismatchException refusal = Should.Throw<BpfMapMismatchException>(
            () => BpfMap.OpenPinned(pins["numbers"], Numbers with { ValueSize = 16, MaxEntries = 5 }));
        refusal.Message.ShouldContain(pins["numbers"]);
        refusal.Difference.ShouldBe("value size is 8, expected 16, entries is 20000, expected 5");
    }

    [Fact]
    public void A_missing_pin_is_null_or_an_exception_that_says_so()
    {
        using PinDirectory pins = new();
        BpfMap.TryOpenPinned(pins["none"], Numbers).ShouldBeNull();
        Should.Throw<DeviceException>(() => BpfMap.OpenPinned(pins["none"], Numbers)).IsMissing.ShouldBeTrue();
    }

    [Fact]
    public void A_pin_that_holds_a_program_is_not_taken_for_a_map()
    {
        using PinDirectory pins = new();
        using BpfProgram program = Assembly.Load(Assembly.Return(0));
        program.Pin(pins["program"]);
        Should.Throw<IOException>(() => BpfMap.OpenPinned(pins["program"], Numbers)).Message.ShouldContain(pins["program"]);
    }

    [Fact]
    public void A_map_that_the_kernel_refuses_is_named_in_the_exception() =>
        Should.Throw<DeviceException>(() => BpfMap.Create(Numbers with { Name = "odd", KeySize = 0 })).Message.ShouldContain("create map odd");

    [Fact]
    public void Keys_and_values_of_the_wrong_size_are_refused()
    {
        using BpfMap map = BpfMap.Create(Numbers);
        Should.Throw<ArgumentException>(() => map.Update(new byte[3], new byte[8]));
        Should.Throw<ArgumentException>(() => map.Update(new byte[4], new byte[7]));
        Should.Throw<ArgumentException>(() => map.TryLookup(new byte[4], new byte[7]));
    }

    private static void Cycle(BpfMap map, byte[] key, byte[] value)
    {
        _ = map.TryUpdate(key, value);
        _ = map.TryLookup(key, value);
        _ = map.UpdateBatch(key, value);
        _ = map.DeleteBatch(key);
        _ = map.Delete(key);
    }

    private static byte[] Bytes(int number) => BitConverter.GetBytes(number);
}
