using Vicinal.Gateways.Replication;

namespace Vicinal.Gateways.Messages;

/// <summary>The sizes that a kind of message has after its header.</summary>
/// <param name="Fixed">Bytes before the entries.</param>
/// <param name="Entry">Bytes of each entry; 0 where there are none.</param>
internal readonly record struct MessageLayout(int Fixed, int Entry)
{
    /// <summary>False for a kind that is not known here: such a message is passed over.</summary>
    public static bool TryFind(MessageKind kind, out MessageLayout layout)
    {
        layout = kind switch
        {
            MessageKind.Renew => new(RenewMessage.Size, 0),
            MessageKind.Renewed => new(RenewedMessage.Size, 0),
            MessageKind.Revoked => new(RevokedMessage.Size, RouterEpoch.Size),
            MessageKind.Take => new(sizeof(ulong), TakeEntry.Size),
            MessageKind.Granted => new(GrantedMessage.Size, RouterEpoch.Size),
            MessageKind.Refused => new(0, RefusedEntry.Size),
            MessageKind.Release => new(0, ReleaseEntry.Size),
            MessageKind.Released => new(0, RouterEpoch.Size),
            MessageKind.Prepare => new(0, PrepareEntry.Size),
            MessageKind.Prepared => new(0, PreparedEntry.Size),
            MessageKind.Reclaim => new(0, RouterEpoch.Size),
            MessageKind.Claim => new(ClaimMessage.Size, RouterEpoch.Size),
            MessageKind.ClaimHeard => new(ClaimHeardMessage.Size, RouterEpoch.Size),
            MessageKind.WhoServes => new(0, 0),
            MessageKind.Hello => new(0, HelloEntry.Size),
            MessageKind.Witnesses => new(0, WireGuid.Size),
            MessageKind.Replicate => new(ReplicateMessage.Size, ReplicationMessage.EntrySize),
            MessageKind.Replicated => new(ReplicatedMessage.Size, 0),
            _ => new(-1, 0),
        };
        return layout.Fixed >= 0;
    }
}
