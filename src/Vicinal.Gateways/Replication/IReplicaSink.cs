namespace Vicinal.Gateways.Replication;

/// <summary>Where received connections go, in the order in which the active node said them: a node's tracker in the agent, a table in tests.</summary>
public interface IReplicaSink
{
    /// <summary>The stream begins anew: no router's set is complete until its next end.</summary>
    void Reset();

    /// <summary>A full set of the router follows; what of it is not said again until its end is gone.</summary>
    /// <param name="epoch">Under which the sender serves it. The callee passes over a router that it knows under a newer one.</param>
    void Begin(Guid routerId, Epoch epoch);

    /// <param name="record"><see cref="ReplicationMessage.RecordSize"/> bytes; the callee copies what it keeps.</param>
    void Put(Guid routerId, ReadOnlySpan<byte> record);

    void Remove(Guid routerId, ReadOnlySpan<byte> record);

    /// <summary>The full set is complete: from here on the standby could serve the router.</summary>
    void End(Guid routerId);
}
