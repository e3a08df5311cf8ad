using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Vicinal.Ebpf.Tests.Support;

namespace Vicinal.Ebpf.Tests;

[Collection(KernelCollection.Name)]
public sealed class BpfMapBatchTests
{
    private static readonly BpfMapDefinition Numbers = new("numbers", BpfMapType.Hash, 4, 8, 20_000);

    [Fact]
    public void Ten_thousand_entries_go_in_come_back_and_go_out_in_batches()
    {
        const int Count = 10_000;
        using BpfMap map = BpfMap.Create(Numbers);
        int[] keys = [.. Enumerable.Range(0, Count)];
        long[] values = [.. keys.Select(k => k * 3L)];
        map.UpdateBatch(MemoryMarshal.AsBytes<int>(keys), MemoryMarshal.AsBytes<long>(values)).ShouldBe(Count);

        Dictionary<int, long> seen = [];
        BpfBatchCursor cursor = new(map);
        byte[] readKeys = new byte[1000 * 4];
        byte[] readValues = new byte[1000 * 8];
        while (!cursor.AtEnd)
        {
            int count = map.LookupBatch(cursor, readKeys, readValues);
            for (int i = 0; i < count; i++)
            {
                seen.Add(BitConverter.ToInt32(readKeys, i * 4), BitConverter.ToInt64(readValues, i * 8));
            }
        }

        seen.Count.ShouldBe(Count);
        seen.ShouldAllBe(pair => pair.Value == pair.Key * 3L);

        // Every second key is missing in the second call, and passed over.
        map.DeleteBatch(MemoryMarshal.AsBytes<int>([.. keys.Where(k => k % 2 == 0)])).ShouldBe(Count / 2);
        map.DeleteBatch(MemoryMarshal.AsBytes<int>(keys)).ShouldBe(Count / 2);
        map.NextKey([], readKeys).ShouldBeFalse();
    }

    [Fact]
    public void A_batch_that_fills_the_map_tells_how_much_went_in()
    {
        using BpfMap map = BpfMap.Create(Numbers with { MaxEntries = 100 });
        int[] keys = [.. Enumerable.Range(0, 150)];
        int written = map.UpdateBatch(MemoryMarshal.AsBytes<int>(keys), new byte[150 * 8]);
        written.ShouldBe(100);
        map.TryLookup(BitConverter.GetBytes(99), new byte[8]).ShouldBeTrue();
        map.TryLookup(BitConverter.GetBytes(100), new byte[8]).ShouldBeFalse();
    }

    [Fact]
    public void A_sweep_takes_larger_batches_where_a_bucket_does_not_fit_and_begins_again_without_allocating()
    {
        using BpfMap map = BpfMap.Create(Numbers);
        int[] keys = [.. Enumerable.Range(0, 20_000)];
        map.UpdateBatch(MemoryMarshal.AsBytes<int>(keys), new byte[20_000 * 8]).ShouldBe(20_000);
        BpfMapSweep sweep = new(map, batch: 1);
        Sum(sweep).ShouldBe((20_000, keys.Sum(k => (long)k)));

        long before = GC.GetAllocatedBytesForCurrentThread();
        (int count, long sum) = Sum(sweep);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        (count, sum).ShouldBe((20_000, keys.Sum(k => (long)k)));
    }

    private static (int Count, long Sum) Sum(BpfMapSweep sweep)
    {
        int count = 0;
        long sum = 0;
        sweep.Restart();
        while (sweep.Next())
        {
            for (int i = 0; i < sweep.Count; i++)
            {
                count++;
                sum += BinaryPrimitives.ReadInt32LittleEndian(sweep.KeyAt(i));
            }
        }

        return (count, sum);
    }
}
