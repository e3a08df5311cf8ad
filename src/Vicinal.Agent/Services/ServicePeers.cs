using System.Net;
using Vicinal.Datapath;
using Vicinal.Packets;

namespace Vicinal.Agent.Services;

/// <summary>Who is behind a socket's peer, as the data path knows it. Any thread.</summary>
internal static class ServicePeers
{
    /// <returns>Null: nobody that this node has a port for.</returns>
    public static Task<ServicePeer?> FindAsync(DataPath dataPath, EndPoint? remote) =>
        AddressOf(remote) is { } address ? dataPath.Ask(() => dataPath.Node.FindServicePeer(address)) : Task.FromResult<ServicePeer?>(null);

    /// <summary>IPv4 comes as it is or, from a socket of both families, mapped; both are the same here.</summary>
    public static IpAddress? AddressOf(EndPoint? remote) => remote is IPEndPoint { Address: { } address } ? IpAddress.From(address) : null;
}
