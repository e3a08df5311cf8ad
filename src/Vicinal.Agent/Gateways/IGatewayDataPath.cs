using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Gateways;

/// <summary>What the gateway thread asks of the data path, which does it on its own thread, soon and in order; tests stand in for it.</summary>
internal interface IGatewayDataPath
{
    LeaseClock Lease { get; }

    DataPathPulse Pulse { get; }

    /// <summary>Who serves from now on.</summary>
    /// <param name="done">Called on the data-path thread when no packet is decided by what was before.</param>
    void SetActives(IReadOnlyList<ActiveChange> changes, Action done);

    void Replicate(IReadOnlyList<ReplicationChange> changes);

    /// <summary>Answered with <see cref="GatewayElection.ConnectionsFlushed"/>.</summary>
    void Flush(FlushRequest request);
}
