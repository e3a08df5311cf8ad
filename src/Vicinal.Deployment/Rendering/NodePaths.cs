namespace Vicinal.Deployment.Rendering;

/// <summary>Where things are on every node of a site that was rendered.</summary>
public static class NodePaths
{
    public const string ServerConfig = "/etc/vicinal/server.yaml";
    public const string AgentConfig = "/etc/vicinal/agent.yaml";

    public const string ServerUnit = "vicinal-server.service";
    public const string AgentUnit = "vicinal-agent.service";

    /// <summary>The agent's pins outlive it, so their file system is mounted before it and stays: systemd wants its path as its name.</summary>
    public const string PinsUnit = "var-lib-vicinal-bpf.mount";

    public const string AgentState = "/var/lib/vicinal";
    public const string ServerStore = "sqlite:/var/lib/vicinal-server/vicinal.db";

    /// <summary>Where systemd puts what the server's unit hands to its nameless user.</summary>
    public const string ServerCredentials = "/run/credentials/vicinal-server.service";
}
