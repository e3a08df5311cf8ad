namespace Vicinal.Gateways.Elections;

/// <summary>An external network as this node reaches it.</summary>
internal sealed class NetworkHealth
{
    public bool Link { get; set; }

    public UpstreamState Upstream { get; set; }

    /// <summary>How steadily this node could serve a router of the network.</summary>
    public Damping Steadiness { get; } = new();
}
