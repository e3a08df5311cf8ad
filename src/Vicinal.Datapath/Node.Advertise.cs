using Vicinal.Datapath.State;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath;

/// <content>Router advertisements to local ports.</content>
public sealed partial class Node
{
    private readonly Advertiser _advertiser;
    private readonly List<LocalPort> _listeners = [];

    /// <summary>Hosts hear of what changed from the next tick on.</summary>
    private void SettleAdvertisements(long now)
    {
        foreach (Segment segment in _state.Changes.Advertised)
        {
            if (segment.Advertisements.Update(segment, now))
            {
                Advertiser.Changed(segment);
            }
        }
    }

    private void Advertise(long now)
    {
        _advertiser.Due(now, _listeners);
        foreach (LocalPort port in _listeners)
        {
            Advertise(port, now);
        }

        _listeners.Clear();
    }

    private void AnswerSolicitation(LocalPort port, long now)
    {
        if (Advertiser.MayAnswer(port, now))
        {
            Advertise(port, now);
        }
    }

    private void Advertise(LocalPort port, long now)
    {
        Advertiser.Told(port, now);
        SegmentAdvertisements advertisements = port.Segment!.Advertisements;
        advertisements.Tick(now);
        foreach (SegmentAdvertisement advertisement in advertisements.Leaving)
        {
            Advertise(port, in advertisement);
        }

        foreach (SegmentAdvertisement advertisement in advertisements.Current)
        {
            Advertise(port, in advertisement);
        }
    }

    private void Advertise(LocalPort port, in SegmentAdvertisement advertisement)
    {
        RouterAdvertisement content = advertisement.Content;
        if (RouterAdvertiser.TryWrite(in content, advertisement.Router, advertisement.Address, _speech))
        {
            _output.ToPort(port.Device, _speech);
        }
    }
}
