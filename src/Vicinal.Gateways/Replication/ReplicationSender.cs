namespace Vicinal.Gateways.Replication;

/// <summary>
/// The active node's end of one stream of connections to one standby, for all routers that this node serves and that standby backs. In
/// order and acknowledged; bounded: what does not fit ends the stream, and full sets begin a new one. One thread.
/// </summary>
/// <param name="incarnation">As <see cref="Elections.GatewaySettings"/> has it.</param>
/// <param name="capacity">Records that may wait to be acknowledged.</param>
public sealed class ReplicationSender(ulong incarnation, int capacity)
{
    /// <summary>The stream began anew: the caller says all connections of all routers again, and then calls <see cref="Restart"/>.</summary>
    public bool WantsFullSets { get; private set; }

    /// <summary>Everything that was said is acknowledged.</summary>
    public bool IsFlushed { get; private set; }

    public long NextDue { get; private set; } = long.MaxValue;

    /// <summary>Takes the wish for full sets as heard: what is said from here on belongs to the new stream.</summary>
    public void Restart() => WantsFullSets = false;

    /// <param name="epoch">Under which this node serves the router: of two that say its connections, the newer one is right.</param>
    public void Begin(Guid routerId, Epoch epoch) => IsFlushed = epoch == Epoch.None;

    public void Put(Guid routerId, ReadOnlySpan<byte> record) => IsFlushed = capacity == 0;

    public void Remove(Guid routerId, ReadOnlySpan<byte> record) => IsFlushed = false;

    public void End(Guid routerId) => IsFlushed = incarnation == 0;

    /// <summary>An acknowledgement from the standby.</summary>
    public void Receive(ReadOnlySpan<byte> message, long now) => NextDue = now;

    /// <summary>Writes the next datagram that is due, new or again. False: nothing is due before <see cref="NextDue"/>.</summary>
    /// <param name="message">At least <see cref="Elections.OutgoingMessage.MaxSize"/> bytes.</param>
    public bool TryNext(long now, Span<byte> message, out int length)
    {
        length = 0;
        return false;
    }
}
