using Vicinal.Datapath;
using Vicinal.Devices.Tunnels;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Transmit;

/// <summary>The node's end of its tunnels, one endpoint an encapsulation. Owned by the data-path thread.</summary>
internal sealed class Tunnels : IDisposable
{
    private readonly TunnelEndpoint?[] _endpoints = new TunnelEndpoint?[(int)Encapsulation.Gre + 1];
    private readonly NodeCounters _counters;

    /// <param name="options">How the socket of an encapsulation is opened.</param>
    public Tunnels(IpAddress local, IEnumerable<Encapsulation> encapsulations, NodeCounters counters, Func<Encapsulation, TunnelSocketOptions> options)
    {
        _counters = counters;
        try
        {
            foreach (Encapsulation encapsulation in encapsulations)
            {
                _endpoints[(int)encapsulation] = TunnelEndpoint.Open(local, encapsulation, counters, options(encapsulation));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Serve(DataPathThread thread, Node node)
    {
        foreach (TunnelEndpoint? endpoint in _endpoints)
        {
            if (endpoint is { PollHandle: >= 0 })
            {
                thread.Serve(endpoint.PollHandle, () => endpoint.Receive(node));
            }
        }
    }

    public void Send(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos)
    {
        if (_endpoints[(int)encapsulation] is { } endpoint)
        {
            endpoint.Send(remote, packet, flowHash, tos);
        }
        else
        {
            // The server binds no port here to a network of that encapsulation, but a router may lead to one.
            _counters.CountDrop(DropReason.DeviceFailed);
        }
    }

    public void Flush()
    {
        foreach (TunnelEndpoint? endpoint in _endpoints)
        {
            endpoint?.Flush();
        }
    }

    public void Dispose()
    {
        foreach (TunnelEndpoint? endpoint in _endpoints)
        {
            endpoint?.Dispose();
        }
    }
}
