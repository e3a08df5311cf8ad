using Vicinal.Datapath;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Transmit;

/// <summary>The node's end of its tunnels, one endpoint an encapsulation. Owned by the data-path thread.</summary>
internal sealed class Tunnels : IDisposable
{
    private readonly TunnelEndpoint _geneve;
    private readonly TunnelEndpoint _vxlan;

    /// <param name="receives">False for an encapsulation whose UDP port a tunnel device of the kernel has.</param>
    public Tunnels(IpAddress local, NodeCounters counters, Func<Encapsulation, bool> receives)
    {
        _geneve = TunnelEndpoint.Open(local, Encapsulation.Geneve, counters, receives(Encapsulation.Geneve));
        try
        {
            _vxlan = TunnelEndpoint.Open(local, Encapsulation.Vxlan, counters, receives(Encapsulation.Vxlan));
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
