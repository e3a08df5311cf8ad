using Vicinal.Datapath.Connections;

namespace Vicinal.Datapath.Tests.Connections;

/// <summary>A journal in memory that outlives the node.</summary>
internal sealed class ArrayJournal(int capacity) : IConnectionJournal
{
    public ConnectionRecord[] Records { get; } = new ConnectionRecord[capacity];

    public int Writes { get; private set; }

    public IEnumerable<ConnectionRecord> Sound => Records.Where(r => r.IsSound);

    public void Write(int index, in ConnectionRecord record)
    {
        Writes++;
        Records[index] = record;
    }

    public void Clear(int index) => Records[index] = default;
}
