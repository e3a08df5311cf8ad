using Vicinal.Datapath.State;

namespace Vicinal.Datapath;

/// <summary>
/// Whose turn it is to hear router advertisements: each port by itself, since each is a link of its own. A port hears them when it asks, when something in
/// them changed, and now and again. What a tick does is bounded, whatever changed.
/// </summary>
internal sealed class Advertiser(LocalPortTable ports)
{
    /// <summary>Milliseconds between two unasked advertisements to a port (RFC 4861 section 6.2.1).</summary>
    private const long Interval = 300_000;

    /// <summary>Milliseconds within which a port that asks again hears nothing more.</summary>
    private const long LeastPause = 100;

    private const int LookedAtATick = 1024;
    private const int SentATick = 128;

    private LocalPort[] _ports = [];
    private int _version = -1;
    private int _next;

    /// <summary>Every port of the segment is to hear what changed.</summary>
    public static void Changed(Segment segment)
    {
        foreach (LocalPort port in segment.LocalPorts)
        {
            port.NextAdvertisement = 0;
        }
    }

    /// <summary>Whether a port that asks is to be answered.</summary>
    public static bool MayAnswer(LocalPort port, long now) => now - port.LastAdvertisement >= LeastPause || port.LastAdvertisement == 0;

    /// <summary>The port has heard all there is to say. Unasked ones are spread, so that many ports that came together do not stay together.</summary>
    public static void Told(LocalPort port, long now)
    {
        port.LastAdvertisement = now;
        port.NextAdvertisement = now + Interval - (port.Slot * 7919 % (Interval / 4));
    }

    /// <summary>Adds the ports whose turn it is.</summary>
    public void Due(long now, List<LocalPort> due)
    {
        if (_version != ports.Version)
        {
            _ports = [.. ports.All];
            _version = ports.Version;
        }

        for (int looked = 0; looked < Math.Min(LookedAtATick, _ports.Length) && due.Count < SentATick; looked++)
        {
            _next = _next + 1 < _ports.Length ? _next + 1 : 0;
            LocalPort port = _ports[_next];
            if (now >= port.NextAdvertisement && port.IsUp && port.Segment is { IsUp: true, Advertisements.IsSilent: false })
            {
                due.Add(port);
            }
        }
    }
}
