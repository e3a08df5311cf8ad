namespace Vicinal.Datapath;

/// <content>Whether the routers beyond external networks answer.</content>
public sealed partial class Node
{
    private readonly Dictionary<Guid, UpstreamHealth> _upstreams = [];

#pragma warning disable CS0067
    /// <summary>Raised on the data-path thread, with the external network's id, after a change to <see cref="UpstreamHealth"/>.</summary>
    public event Action<Guid, UpstreamHealth>? UpstreamHealthChanged;
#pragma warning restore CS0067

    /// <summary>By external network: those with gateways that this node serves or stands by for.</summary>
    public IReadOnlyDictionary<Guid, UpstreamHealth> UpstreamHealth => _upstreams;
}
