namespace Vicinal.Datapath.Connections;

/// <summary>
/// Where the connections of routers go that this node actively serves, so that a standby can go on with them. Told at commits, at removals, when
/// a connection's state changes and once in its timeout while it lasts; never for each packet. Called on the data-path thread.
/// </summary>
public interface IConnectionReplicas
{
    /// <summary>It is there, and as the record says; the same may be said again.</summary>
    void Put(in ConnectionRecord record);

    /// <summary>It is over.</summary>
    void Remove(in ConnectionRecord record);
}
