namespace Vicinal.Datapath.Connections;

/// <summary>
/// The cached flows that keep a connection alive and die with it: the flow cache in C#, and kernel maps where the fast path
/// runs there. Called by the tracker on its own thread.
/// </summary>
public interface IConnectionFlows
{
    /// <summary>
    /// When a packet last passed one of the connection's flows, or may have passed where that is told late; <see cref="long.MinValue"/> when it
    /// has none.
    /// </summary>
    long LastUsed(ConnectionHandle connection, long now);

    /// <summary>The connection is gone: none of its flows may match another packet.</summary>
    void RemoveConnection(ConnectionHandle connection);
}
