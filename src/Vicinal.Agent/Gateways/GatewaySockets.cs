using Vicinal.Devices;
using Vicinal.Devices.Control;
using Vicinal.Gateways.Elections;
using Vicinal.Packets;

namespace Vicinal.Agent.Gateways;

/// <summary>
/// What the gateway thread hears and says: BFD from one hop away and from farther, and control messages. Only what comes by the underlay from the tunnel's end
/// of a known node is looked at. Owned by the gateway thread.
/// </summary>
internal sealed class GatewaySockets : IDisposable
{
    /// <summary>Batches of one socket in one go: a flood must not keep the timers waiting.</summary>
    private const int MostBatches = 32;

    private readonly Underlay _underlay;
    private readonly ControlSocket _bfd;
    private readonly ControlSocket _bfdMultihop;
    private readonly ControlSocket _bfdSender;
    private readonly ControlSocket _control;

    private GatewaySockets(Underlay underlay, List<ControlSocket> opened)
    {
        _underlay = underlay;
        _bfd = opened[0];
        _bfdMultihop = opened[1];
        _bfdSender = opened[2];
        _control = opened[3];
    }

    /// <summary>Datagrams from addresses that no node has, and from where no node is.</summary>
    public long FromStrangers { get; private set; }

    /// <summary>BFD packets that a router was on the way of, where none should be (RFC 5881 section 5).</summary>
    public long WrongHopLimit { get; private set; }

    /// <summary>Opens in the calling thread's network namespace.</summary>
    /// <exception cref="DeviceException">The address is not there, or a port is taken.</exception>
    public static GatewaySockets Open(IpAddress tunnelAddress, Underlay underlay)
    {
        List<ControlSocket> opened = [];
        try
        {
            opened.Add(ControlSocket.Open(tunnelAddress, GatewayPorts.Bfd));
            opened.Add(ControlSocket.Open(tunnelAddress, GatewayPorts.BfdMultihop));
            opened.Add(ControlSocket.OpenSender(tunnelAddress));
            opened.Add(ControlSocket.Open(tunnelAddress, GatewayPorts.Control));
            return new GatewaySockets(underlay, opened);
        }
        catch
        {
            opened.ForEach(socket => socket.Dispose());
            throw;
        }
    }

    public void Watch(Poller poller)
    {
        foreach (ControlSocket socket in (ControlSocket[])[_bfd, _bfdMultihop, _control])
        {
            poller.Add(socket.PollHandle, socket.PollHandle);
        }
    }

    /// <summary>Hands over all that waits.</summary>
    public void Drain(GatewayElection election, GatewayEffects effects)
    {
        Drain(_bfd, election, effects);
        Drain(_bfdMultihop, election, effects);
        Drain(_control, election, effects);
    }

    /// <summary>A node without an address has left: nothing is sent.</summary>
    public void Send(HostTable hosts, int host, bool isBfd, ReadOnlySpan<byte> message)
    {
        if (hosts.AddressOf(host) is not { } address)
        {
            return;
        }

        if (isBfd)
        {
            _bfdSender.Send(address, _underlay.OnLink.Contains(address) ? GatewayPorts.Bfd : GatewayPorts.BfdMultihop, message);
        }
        else
        {
            _control.Send(address, GatewayPorts.Control, message);
        }
    }

    public void Dispose()
    {
        _bfd.Dispose();
        _bfdMultihop.Dispose();
        _bfdSender.Dispose();
        _control.Dispose();
    }

    private void Drain(ControlSocket socket, GatewayElection election, GatewayEffects effects)
    {
        bool more = true;
        for (int batch = 0; more && batch < MostBatches; batch++)
        {
            int count = socket.Receive(out more);
            long now = MonotonicTimer.Now;
            for (int i = 0; i < count; i++)
            {
                ref readonly ControlArrival arrival = ref socket.Arrival(i);
                if (!election.Hosts.TryFind(arrival.Source, out int host) || !_underlay.LeadsHere(arrival.InterfaceIndex))
                {
                    FromStrangers++;
                }
                else if (socket == _control)
                {
                    election.Receive(host, socket.Payload(i), now, effects);
                }
                else if (socket == _bfd && arrival.HopLimit != byte.MaxValue)
                {
                    WrongHopLimit++;
                }
                else
                {
                    election.ReceiveBfd(host, socket.Payload(i), now, effects);
                }
            }
        }
    }
}
