using System.Runtime.InteropServices;
using Vicinal.Datapath.Connections;
using Vicinal.Ebpf;

namespace Vicinal.Agent.Kernel;

/// <summary>The records of connections in memory that the pins keep. Owned by the data-path thread.</summary>
internal sealed class KernelJournal(FastPath fastPath) : IConnectionJournal
{
    private Span<ConnectionRecord> Records => MemoryMarshal.Cast<byte, ConnectionRecord>(fastPath.ConnectionRecords);

    /// <summary>What an earlier agent wrote.</summary>
    public ReadOnlySpan<ConnectionRecord> Former => MemoryMarshal.Cast<byte, ConnectionRecord>(fastPath.FormerConnectionRecords);

    public void Write(int index, in ConnectionRecord record) => Records[index] = record;

    public void Clear(int index) => Records[index] = default;
}
