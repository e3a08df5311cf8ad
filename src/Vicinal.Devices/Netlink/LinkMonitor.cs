using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Native;

namespace Vicinal.Devices.Netlink;

/// <summary>
/// Tells what happens to the links of one network namespace. Put <see cref="PollHandle"/> into a poller and call <see cref="Read"/> when it is
/// readable; the first call reports every link there is as appeared. One thread at a time.
/// </summary>
public sealed class LinkMonitor : IDisposable
{
    private const uint RTNLGRP_LINK = 1;

    private readonly NetlinkSocket _events;
    private readonly NetlinkSocket _requests;
    private readonly LinkTable _table = new();

    private bool _mustList = true;

    private LinkMonitor(NetlinkSocket events, NetlinkSocket requests)
    {
        _events = events;
        _requests = requests;
    }

    public int PollHandle => _events.Handle;

    public IReadOnlyCollection<LinkInfo> Links => _table.Links;

    /// <summary>How often messages were lost and the links listed anew.</summary>
    public long Resynchronisations { get; private set; }

    /// <summary>Opens in the calling thread's namespace.</summary>
    public static LinkMonitor Open(int receiveBytes = 4 << 20)
    {
        NetlinkSocket events = new(NetlinkCalls.NETLINK_ROUTE, receiveBytes);
        try
        {
            events.Join(RTNLGRP_LINK);
            return new LinkMonitor(events, new NetlinkSocket(NetlinkCalls.NETLINK_ROUTE));
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    public static LinkMonitor Open(NetworkNamespace ns) => ns.Run(() => Open());

    /// <summary>Adds what happened since the last call, in order, without waiting.</summary>
    public void Read(ICollection<LinkEvent> events)
    {
        if (_mustList)
        {
            _mustList = false;
            List(events);
        }

        while (true)
        {
            int result = _events.TryReceive(out ReadOnlySpan<byte> datagram);
            if (result == 0)
            {
                return;
            }

            if (result < 0)
            {
                // ENOBUFS: messages were lost. Those still queued are older than the loss and could bring back a link whose end was lost.
                Resynchronisations++;
                Drain();
                List(events);
                continue;
            }

            NetlinkReader reader = new(datagram);
            while (reader.Next())
            {
                _table.Apply(reader.Type, reader.Body, events);
            }
        }
    }

    public void Dispose()
    {
        _events.Dispose();
        _requests.Dispose();
    }

    private void Drain()
    {
        while (_events.TryReceive(out _) != 0)
        {
        }
    }

    private void List(ICollection<LinkEvent> events)
    {
        List<LinkInfo> links = [];
        _requests.Dump(
            Rtnetlink.WriteDump,
            (type, body) =>
            {
                if (type == LinkMessage.RTM_NEWLINK && LinkMessage.TryParse(body) is { } link)
                {
                    links.Add(link);
                }
            },
            links.Clear,
            "list links");
        _table.Replace(links, events);
    }
}
