namespace Vicinal.Gateways.Replication;

/// <summary>
/// Items of a stream that are not acknowledged, by their places. Memory comes in blocks that are used again, so a stream that goes on
/// allocates nothing.
/// </summary>
internal sealed class ReplicationQueue
{
    private const int BlockItems = 256;

    private readonly List<Block> _blocks = [];
    private readonly Stack<Block> _free = [];

    /// <summary>The place of the oldest item.</summary>
    public ulong First { get; private set; }

    /// <summary>The place of the next item to be added.</summary>
    public ulong Next { get; private set; }

    public int Count => (int)(Next - First);

    public void Add(ReplicaItem item, Guid routerId, ReadOnlySpan<byte> record)
    {
        if (Next == End)
        {
            _blocks.Add(_free.TryPop(out Block? block) ? block : new Block());
        }

        (Block into, int index) = At(Next++);
        into.Items[index] = item;
        into.Routers[index] = routerId;
        record.CopyTo(into.Records.AsSpan(index * ReplicationMessage.RecordSize, ReplicationMessage.RecordSize));
    }

    public ReplicaItem ItemAt(ulong place)
    {
        (Block block, int index) = At(place);
        return block.Items[index];
    }

    public Guid RouterAt(ulong place)
    {
        (Block block, int index) = At(place);
        return block.Routers[index];
    }

    public ReadOnlySpan<byte> RecordAt(ulong place)
    {
        (Block block, int index) = At(place);
        return block.Records.AsSpan(index * ReplicationMessage.RecordSize, ReplicationMessage.RecordSize);
    }

    /// <summary>Everything before the place is acknowledged.</summary>
    public void RemoveTo(ulong place)
    {
        First = Math.Clamp(place, First, Next);
        int whole = (int)((First / BlockItems) - _firstBlock);
        for (int i = 0; i < whole; i++)
        {
            _free.Push(_blocks[i]);
        }

        _blocks.RemoveRange(0, whole);
        _firstBlock += (ulong)whole;
    }

    public void Clear()
    {
        foreach (Block block in _blocks)
        {
            _free.Push(block);
        }

        _blocks.Clear();
        _firstBlock = 0;
        First = 0;
        Next = 0;
    }

    private ulong _firstBlock;

    private ulong End => (_firstBlock + (ulong)_blocks.Count) * BlockItems;

    private (Block Block, int Index) At(ulong place) => (_blocks[(int)((place / BlockItems) - _firstBlock)], (int)(place % BlockItems));

    private sealed class Block
    {
        public ReplicaItem[] Items { get; } = new ReplicaItem[BlockItems];

        public Guid[] Routers { get; } = new Guid[BlockItems];

        public byte[] Records { get; } = new byte[BlockItems * ReplicationMessage.RecordSize];
    }
}
