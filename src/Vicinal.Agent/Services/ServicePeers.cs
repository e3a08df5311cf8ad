using System.Net;
using Vicinal.Datapath;
using Vicinal.Packets;

namespace Vicinal.Agent.Services;

/// <summary>Who is behind a socket's peer, as the data path knows it. Any thread.</summary>
internal sealed class ServicePeers(Func<IpAddress, Task<ServicePeer?>> find)
{
    public static ServicePeers Of(DataPath dataPath) => new(address => dataPath.Ask(() => dataPath.Node.FindServicePeer(address)));

    /// <returns>Null: nobody that this node has a port for.</returns>
    public Task<ServicePeer?> FindAsync(EndPoint? remote) =>
        remote is IPEndPoint { Address: { } address } ? find(IpAddress.From(address)) : Task.FromResult<ServicePeer?>(null);
}
