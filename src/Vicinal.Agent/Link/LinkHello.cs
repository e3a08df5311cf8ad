using System.Net;
using Microsoft.Extensions.Logging;
using Vicinal.Protocol;
using Vicinal.Protocol.Rows;
using Wire = Vicinal.Protocol.Wire;

namespace Vicinal.Agent.Link;

/// <summary>What an agent says of itself, and what it should be warned of before it does.</summary>
internal static class LinkHello
{
    public static Wire.Hello Of(AgentSettings settings, Guid agentId, DateTimeOffset startedAt)
    {
        Wire.Hello hello = new()
        {
            Version = ProtocolVersion.Current,
            Host = settings.Host,
            AgentId = WireValues.Of(agentId),
            TunnelAddress = WireValues.Of(settings.TunnelAddress),
            Mode = NodeModeNames.NameOf(settings.Mode),
            AvailabilityZone = "nova",
            StartedAt = startedAt.ToUnixTimeMilliseconds(),
        };
        hello.TunnelTypes.AddRange(settings.TunnelTypes.Select(TunnelTypeNames.NameOf));
        hello.BridgeMappings.AddRange(settings.BridgeMappings.Select(mapping => new Wire.BridgeMapping
        {
            PhysicalNetwork = mapping.PhysicalNetwork,
            Interface = mapping.Interface,
        }));
        return hello;
    }

    public static void WarnOfPlainText(AgentSettings settings, ILogger log)
    {
        if (settings.Tls is not null)
        {
            return;
        }

        foreach (string server in settings.Servers.Where(server => !IsLoopback(server)))
        {
            log.LogWarning(
                "PLAIN TEXT to {Server}: whoever sits on the way can read and change what this node forwards. Use --tls-cert, --tls-key and --tls-ca.",
                server);
        }
    }

    private static bool IsLoopback(string server)
    {
        string host = server[..server.LastIndexOf(':')].Trim('[', ']');
        return host == "localhost" || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
    }
}
