namespace Vicinal.Datapath;

/// <content>Who serves what of a router is not distributed, when that is agreed on among nodes.</content>
public sealed partial class Node
{
    /// <summary>
    /// Who serves from now on, in the order of the epochs: the newest word of each router counts, also for one whose row comes later. Nothing is
    /// loaded and nothing searched for it, whatever the number of connections.
    /// </summary>
    public void SetActiveGateways(ReadOnlySpan<ActiveGateway> changes, long now)
    {
        _state.Routers.Now = now;
        foreach (ref readonly ActiveGateway change in changes)
        {
            _state.Routers.SetActive(change.RouterId, change.Host);
        }

        Settle(now);
    }
}
