using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.State;

/// <summary>
/// The addresses that a port spoke to the node's services from, each in a place of its own: the way back for the answers. Few, so that a port that
/// may speak as anybody costs no more than others. Data-path thread.
/// </summary>
internal sealed class ServiceClients
{
    /// <summary>After so long (in ms) without a packet another address may have the place; no connection of the services is idle for longer.</summary>
    public const long Rest = 120_000;

    private readonly ServiceClient[] _clients = new ServiceClient[ServiceClientAddress.ClientsPerPort];

    /// <summary>The place of the address, or the one that it would get; -1 when all are in use. It changes nothing.</summary>
    public int Find(IpAddress address, MacAddress mac, long now)
    {
        int free = -1;
        for (int i = 0; i < _clients.Length; i++)
        {
            ref readonly ServiceClient client = ref _clients[i];
            if (client.Address == address && client.Mac == mac)
            {
                return i;
            }

            bool better = free < 0 || client.LastUsed < _clients[free].LastUsed;
            if ((client.IsFree || now - client.LastUsed > Rest) && better)
            {
                free = i;
            }
        }

        return free;
    }

    public void Note(int place, IpAddress address, MacAddress mac, long now) => _clients[place] = new ServiceClient(address, mac, now);

    public bool TryGet(int place, out ServiceClient client)
    {
        client = _clients[place];
        return !client.IsFree;
    }
}
