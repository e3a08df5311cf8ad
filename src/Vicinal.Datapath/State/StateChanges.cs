using Vicinal.Datapath.Connections;

namespace Vicinal.Datapath.State;

/// <summary>What a batch of rows means for the rest of the node, which reads and clears it afterwards.</summary>
internal sealed class StateChanges
{
    /// <summary>Floating IPs and gateways that this node has begun to answer for, and interfaces.</summary>
    public List<ProviderOwner> Gained { get; } = [];

    public List<ProviderOwner> Lost { get; } = [];

    /// <summary>Zones whose connections are over.</summary>
    public List<uint> DeadZones { get; } = [];

    /// <summary>Zones whose connections other nodes have, too, or have no more; in the order of the changes.</summary>
    public List<(uint Zone, ZoneRole Role)> Roles { get; } = [];

    /// <summary>Numbers of segments that are forgotten.</summary>
    public List<uint> DeadSegments { get; } = [];

    /// <summary>The set of owned MACs may have changed.</summary>
    public bool Owned { get; set; }

    /// <summary>The directory of nodes may have changed.</summary>
    public bool Peers { get; set; }

    /// <summary>Segments whose router advertisements may have changed.</summary>
    public HashSet<Segment> Advertised { get; } = [];

    public ZoneDirectory Zones { get; } = new();

    public void Clear()
    {
        Gained.Clear();
        Lost.Clear();
        DeadZones.Clear();
        Roles.Clear();
        DeadSegments.Clear();
        Advertised.Clear();
        Owned = false;
        Peers = false;
    }
}
