using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Replication;

/// <summary>Sizes of the messages that carry connections to a standby.</summary>
public static class ReplicationMessage
{
    /// <summary>A connection as the data path writes it down; opaque here.</summary>
    public const int RecordSize = 128;

    /// <summary>An octet that says what becomes of it, and the record.</summary>
    internal const int EntrySize = 1 + RecordSize;

    internal const int EntriesPerMessage = (OutgoingMessage.MaxSize - MessageHeader.Size - ReplicateMessage.Size) / EntrySize;
}
