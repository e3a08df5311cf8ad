namespace Vicinal.Gateways.Replication;

/// <summary>What one place of a stream says; put and remove are on the wire.</summary>
internal enum ReplicaItem : byte
{
    Begin = 0,
    Put = 1,
    Remove = 2,
    End = 3,
}
