using Vicinal.Forwarding;

namespace Vicinal.Datapath.State;

/// <summary>A node by its host name, which is how endpoints and gateways refer to it; its directory row may come later.</summary>
internal sealed class RemoteNode(string host, uint slot)
{
    public string Host { get; } = host;

    /// <summary>Null while the directory does not know the host: nothing can be sent there.</summary>
    public NodeRow? Row { get; set; }

    public uint Slot { get; } = slot;

    public bool IsSelf { get; init; }
}
