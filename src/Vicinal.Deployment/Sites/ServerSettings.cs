namespace Vicinal.Deployment.Sites;

/// <summary>What the site says of its server.</summary>
/// <param name="Listen">Address of the Neutron API, as `vicinal server --listen` takes it.</param>
/// <param name="Agents">Address that agents connect to, as `--agents` takes it; null: the server node's, on the usual port.</param>
public sealed record ServerSettings(Setting<string> Listen, Setting<string>? Agents);
