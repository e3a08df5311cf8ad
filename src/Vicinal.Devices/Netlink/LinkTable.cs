namespace Vicinal.Devices.Netlink;

/// <summary>
/// The links known so far, and the events that follow from the kernel's messages. Pure, so that any order of messages can be tested:
/// repeated news make no event, and an index that comes back as another interface is told as vanished and appeared.
/// </summary>
internal sealed class LinkTable
{
    private readonly Dictionary<int, LinkInfo> _links = [];

    public IReadOnlyCollection<LinkInfo> Links => _links.Values;

    public void Apply(ushort type, ReadOnlySpan<byte> body, ICollection<LinkEvent> events)
    {
        if (LinkMessage.TryParse(body) is not { } link)
        {
            return;
        }

        if (type == LinkMessage.RTM_DELLINK)
        {
            Remove(link.Index, events);
        }
        else if (type == LinkMessage.RTM_NEWLINK)
        {
            Set(link, events);
        }
    }

    /// <summary>Takes a complete list in place of what is known, as after lost messages.</summary>
    public void Replace(IReadOnlyCollection<LinkInfo> links, ICollection<LinkEvent> events)
    {
        HashSet<int> present = [.. links.Select(l => l.Index)];
        foreach (int index in _links.Keys.Where(i => !present.Contains(i)).ToArray())
        {
            Remove(index, events);
        }

        foreach (LinkInfo link in links)
        {
            Set(link, events);
        }
    }

    private void Set(LinkInfo link, ICollection<LinkEvent> events)
    {
        if (_links.TryGetValue(link.Index, out LinkInfo? before) && before.Kind != link.Kind)
        {
            Remove(link.Index, events);
            before = null;
        }

        if (link != before)
        {
            _links[link.Index] = link;
            events.Add(new LinkEvent(before is null ? LinkChange.Appeared : LinkChange.Changed, link, before));
        }
    }

    private void Remove(int index, ICollection<LinkEvent> events)
    {
        if (_links.Remove(index, out LinkInfo? last))
        {
            events.Add(new LinkEvent(LinkChange.Vanished, last, last));
        }
    }
}
