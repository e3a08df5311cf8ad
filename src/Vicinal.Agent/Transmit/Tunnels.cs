using Vicinal.Datapath;
using Vicinal.Devices.Tunnels;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Transmit;

/// <summary>The node's end of its tunnels, one endpoint an encapsulation. Owned by the data-path thread.</summary>
internal sealed class Tunnels : IDisposable
{
    private readonly TunnelEndpoint _geneve;
    private readonly TunnelEndpoint _vxlan;

    /// <param name="options">How the socket of an encapsulation is opened.</param>
    public Tunnels(IpAddress local, NodeCounters counters, Func<Encapsulation, TunnelSocketOptions> options)
    {
        _geneve = TunnelEndpoint.Open(local, Encapsulation.Geneve, counters, options(Encapsulation.Geneve));
        try
        {
            _vxlan = TunnelEndpoint.Open(local, Encapsulation.Vxlan, counters, options(Encapsulation.Vxlan));
        }
        catch
        {
            _geneve.Dispose();
            throw;
        }
    }

    public void Serve(DataPathThread thread, Node node)
    {
        foreach (TunnelEndpoint endpoint in (TunnelEndpoint[])[_geneve, _vxlan])
        {
            if (endpoint.PollHandle >= 0)
            {
                thread.Serve(endpoint.PollHandle, () => endpoint.Receive(node));
            }
        }
    }

    public void Send(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos) =>
        (encapsulation == Encapsulation.Vxlan ? _vxlan : _geneve).Send(remote, packet, flowHash, tos);

    public void Flush()
    {
        _geneve.Flush();
        _vxlan.Flush();
    }

    public void Dispose()
    {
        _geneve.Dispose();
        _vxlan.Dispose();
    }
}
