namespace Vicinal.Deployment.Sites;

/// <summary>What a node is for. A node may have several roles.</summary>
public enum NodeRole
{
    /// <summary>Runs instances.</summary>
    Compute,

    /// <summary>Serves what is not distributed. Written gateway, network, networker or controller.</summary>
    Gateway,

    /// <summary>Runs the server.</summary>
    Server,
}
