using Vicinal.Lab.Captures;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>
/// What was captured everywhere while a probe ran, and questions about it. "Carries" looks at plain frames and into tunnels; "plain"
/// only at what is not in a tunnel.
/// </summary>
public sealed class FrameLog(IReadOnlyList<CapturedFrame> frames)
{
    public IReadOnlyList<CapturedFrame> Frames { get; } = frames;

    /// <summary>Runs probes and returns all that was captured meanwhile.</summary>
    public static FrameLog Record(CaptureSet captures, Action probes)
    {
        captures.Collect();
        probes();

        // A probe that got no answer may still have frames on their way: all is seen when nothing more comes.
        List<CapturedFrame> frames = [.. OfProbes(captures)];
        int before;
        do
        {
            before = frames.Count;
            Thread.Sleep(15);
            frames.AddRange(OfProbes(captures));
        }
        while (frames.Count > before);
        return new FrameLog(frames);
    }

    /// <summary>Frames of the cloud's protocols at a place; ARP, ND and the nodes' own control traffic are not IP between the two.</summary>
    public int Plain(string place, string nic, IpAddress a, IpAddress b) =>
        At(place, nic).Count(frame => frame.Headers is { } headers && Between(headers, a, b));

    public int Tunnelled(string place, string nic, IpAddress a, IpAddress b) =>
        At(place, nic).Count(frame => frame.Inner?.Headers is { } inner && Between(inner, a, b));

    /// <summary>IP packets with one of the addresses, plain or tunnelled.</summary>
    public int Carrying(string place, string nic, params IpAddress[] addresses) => At(place, nic).Count(frame => Carries(frame, addresses));

    /// <summary>
    /// As <see cref="Carrying"/>, but only what the node itself put on the wire: a switch that has not learnt an address yet shows its
    /// frames to every NIC, and whoever forwards a conversation sends at least one side of it.
    /// </summary>
    public int Sent(string place, string nic, params IpAddress[] addresses) =>
        SentFrames(place, nic, addresses).Count();

    public IEnumerable<CapturedFrame> SentFrames(string place, string nic, params IpAddress[] addresses) =>
        At(place, nic).Where(frame => frame.Outgoing && Carries(frame, addresses));

    public IEnumerable<PacketHeaders> PlainHeaders(string place, string nic) =>
        At(place, nic).Select(frame => frame.Headers).OfType<PacketHeaders>();

    /// <summary>As <see cref="PlainHeaders"/>, but only what the place received.</summary>
    public IEnumerable<PacketHeaders> PlainHeadersInto(string place, string nic) =>
        At(place, nic).Where(frame => !frame.Outgoing).Select(frame => frame.Headers).OfType<PacketHeaders>();

    public IEnumerable<(uint Vni, PacketHeaders Headers)> TunnelledHeaders(string place, string nic) =>
        At(place, nic).Select(frame => frame.Inner).Where(inner => inner?.Headers is not null).Select(inner => (inner!.Vni, inner.Headers!.Value));

    public IEnumerable<CapturedFrame> At(string place, string nic) =>
        Frames.Where(frame => frame.Place == place && frame.Interface == nic);

    /// <summary>An IP packet from or to one of the addresses, plain or in a tunnel.</summary>
    public static bool Carries(CapturedFrame frame, params IpAddress[] addresses) =>
        (frame.Headers is { IsIp: true } headers && addresses.Any(a => headers.Source == a || headers.Destination == a))
        || (frame.Inner?.Headers is { IsIp: true } inner && addresses.Any(a => inner.Source == a || inner.Destination == a));

    private static IEnumerable<CapturedFrame> OfProbes(CaptureSet captures) =>
        captures.Collect().Where(frame => frame.Interface != FlowContext.Underlay || !frame.IsGatewayTalk);

    private static bool Between(in PacketHeaders headers, IpAddress a, IpAddress b) =>
        headers.IsIp && ((headers.Source == a && headers.Destination == b) || (headers.Source == b && headers.Destination == a));
}
