using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Vicinal.Agent.Dns;
using Vicinal.Agent.Metadata;
using Vicinal.Services;

namespace Vicinal.Agent.Services;

/// <summary>What instances find at the service address: metadata and a resolver, as long as the agent runs.</summary>
internal sealed class InstanceServices : IAsyncDisposable
{
    private readonly MetadataServer _metadata;
    private readonly DnsServer _dns;
    private readonly IMetadataSource _source;

    private InstanceServices(MetadataServer metadata, DnsServer dns, IMetadataSource source)
    {
        _metadata = metadata;
        _dns = dns;
        _source = source;
    }

    /// <returns>Null: the node has no place for them.</returns>
    public static async Task<InstanceServices?> StartAsync(AgentSettings settings, DataPath dataPath, ILogger log)
    {
        if (dataPath.Services is not { } place)
        {
            return null;
        }

        try
        {
            return await StartAsync(settings, dataPath, place, log);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            log.LogWarning("Instances on this node have no metadata and no resolver: {Error}", e.Message);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _metadata.DisposeAsync();
        await _dns.DisposeAsync();
        (_source as IDisposable)?.Dispose();
    }

    private static async Task<InstanceServices> StartAsync(AgentSettings settings, DataPath dataPath, ServiceNamespace place, ILogger log)
    {
        IMetadataSource source = SourceOf(settings);
        MetadataServer metadata = await MetadataServer.StartAsync(
            () => place.Bind(SocketType.Stream, ServiceAddress.MetadataPort),
            remote => ServicePeers.FindAsync(dataPath, remote),
            peer => dataPath.Ask(() => dataPath.Node.FindInstance(peer.PortId) is { } view ? Requesters.Of(peer, view) : null),
            source);
        DnsResolver resolver = new(
            (remote, query, message, limit) => DnsAsker.FindAsync(dataPath, remote, query, message, limit),
            new DnsForwarder(settings.DnsForwarders is { Count: > 0 } told ? told : HostResolvers.Read()));
        DnsServer dns = new(
            place.Bind(SocketType.Dgram, ServiceAddress.DnsPort), place.Bind(SocketType.Stream, ServiceAddress.DnsPort),
            resolver, remote => ServicePeers.FindAsync(dataPath, remote), log);
        return new InstanceServices(metadata, dns, source);
    }

    private static IMetadataSource SourceOf(AgentSettings settings) => settings.Metadata switch
    {
        { Url: { } url, Secret: { } secret } => new NovaMetadata(url, secret),
        { Directory: { } directory } => new BuiltInMetadata(new InstanceFiles(directory)),
        _ => new NoMetadata(),
    };
}
