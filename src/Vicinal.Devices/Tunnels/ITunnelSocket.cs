using Vicinal.Packets;

namespace Vicinal.Devices.Tunnels;

/// <summary>
/// The outside of one encapsulation. Payloads begin with the tunnel header, which is the caller's business; what is in front of it is the socket's.
/// DF is always set. One thread at a time.
/// </summary>
public interface ITunnelSocket : IDisposable
{
    /// <summary>-1 for one that only sends.</summary>
    int PollHandle { get; }

    TunnelCounters Counters { get; }

    /// <summary>
    /// Fills buffers from the front with waiting payloads, and beside each what its outer headers said; returns how many. A buffer may hold several
    /// datagrams of one sender and flow: see <see cref="TunnelArrival.SegmentSize"/>.
    /// </summary>
    int Receive(Span<PacketBuffer> payloads, Span<TunnelArrival> arrivals);

    /// <summary>
    /// Sends payloads and says of each what became of it; returns how many were sent. Payloads of one flow hash keep their order. The buffers are free on return.
    /// </summary>
    int Send(ReadOnlySpan<PacketBuffer> payloads, ReadOnlySpan<TunnelDeparture> departures, Span<TunnelSendStatus> statuses);

    /// <summary>Sends one payload.</summary>
    TunnelSendStatus Send(PacketBuffer payload, in TunnelDeparture departure);
}
