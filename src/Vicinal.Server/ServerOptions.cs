using System.Net;
using Vicinal.Model.Rules;
using Vicinal.Server.Distribution;
using Vicinal.Server.Store;
using Vicinal.Server.Store.Sqlite;

namespace Vicinal.Server;

/// <summary>PEM files: the own certificate and key, and the authority that agents' certificates must come from.</summary>
public sealed record ServerTlsFiles(string Certificate, string Key, string Authority);

/// <summary>What the operator says about one server.</summary>
public sealed record ServerOptions
{
    private const string SqlitePrefix = "sqlite:";
    private const string MemoryStore = "memory";

    /// <summary>Where the Neutron API is.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 9696);

    /// <summary>Where agents connect.</summary>
    public IPEndPoint Agents { get; init; } = new(IPAddress.Loopback, 9697);

    /// <summary>Certificate, key and authority for the agents' address; null: plain text, which beyond loopback is warned about.</summary>
    public ServerTlsFiles? Tls { get; init; }

    /// <summary>A node silent for longer than this is not alive.</summary>
    public TimeSpan AgentDownTime { get; init; } = AgentLiveness.DefaultDownTime;

    /// <summary>sqlite:FILE, or memory for a server that forgets.</summary>
    public string Store { get; init; } = "sqlite:vicinal.db";

    /// <summary>none: whoever reaches the port is admin.</summary>
    public string Auth { get; init; } = "none";

    public CloudSettings Cloud { get; init; } = CloudSettings.Default;

    /// <summary>How gateway nodes are watched and replaced; becomes the cloud's gateway policy at the start.</summary>
    public GatewaySettings Gateways { get; init; } = GatewaySettings.Default;

    /// <exception cref="FormatException">The store is of a kind that this server does not know.</exception>
    public IStore OpenStore() => Store switch
    {
        MemoryStore => new InMemoryStore(),
        _ when Store.StartsWith(SqlitePrefix, StringComparison.Ordinal) && Store.Length > SqlitePrefix.Length =>
            SqliteStore.Open(Store[SqlitePrefix.Length..]),
        _ => throw new FormatException($"--store {Store}: the store must be sqlite:FILE or memory"),
    };

    /// <exception cref="FormatException">A setting that this server cannot honour.</exception>
    public void Check()
    {
        if (Auth != "none")
        {
            throw new FormatException($"--auth {Auth}: the only authentication that exists is none");
        }

        Gateways.Check();
        foreach (string type in Cloud.TenantNetworkTypes)
        {
            if (!NetworkTypes.IsTunnelled(type) && type != NetworkTypes.Vlan)
            {
                throw new FormatException($"tenant network type {type}: it must be geneve, vxlan, gre or vlan");
            }
        }
    }
}
