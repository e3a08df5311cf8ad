namespace Vicinal.Gateways.Replication;

/// <summary>Sizes of the messages that carry connections to a standby.</summary>
public static class ReplicationMessage
{
    /// <summary>A connection as the data path writes it down; opaque here.</summary>
    public const int RecordSize = 128;
}
