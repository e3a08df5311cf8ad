namespace Vicinal.Datapath.State;

/// <summary>Who may speak with the MAC of an allowed address pair, such as the virtual MAC of VRRP.</summary>
internal sealed class SharedMac
{
    /// <summary>Ports of this node.</summary>
    public List<LocalPort> Ports { get; } = [];

    /// <summary>Ports of a tunnelled segment, on any node.</summary>
    public List<Endpoint> Endpoints { get; } = [];

    public bool IsEmpty => Ports.Count == 0 && Endpoints.Count == 0;

    public bool IsAt(RemoteNode node)
    {
        foreach (Endpoint endpoint in Endpoints)
        {
            if (endpoint.Node == node)
            {
                return true;
            }
        }

        return false;
    }
}
