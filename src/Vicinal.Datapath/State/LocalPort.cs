using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>A port of this node: its row, and the device that the agent attached. Either may come first.</summary>
internal sealed class LocalPort(Guid id, uint slot, uint zone)
{
    public Guid Id { get; } = id;

    public LocalPortRow? Row { get; set; }

    /// <summary>Whose it is and what it is told when it boots; null until the row is there.</summary>
    public InstanceRow? Instance { get; set; }

    /// <summary>When router advertisements are due to it unasked, and when it heard some last, in ms.</summary>
    public long NextAdvertisement { get; set; }

    public long LastAdvertisement { get; set; }

    /// <summary>-1 while no device is attached.</summary>
    public int Device { get; set; } = -1;

    /// <summary>Bumped when the row or the device changes, and when its filters may allow less than before.</summary>
    public uint Slot { get; } = slot;

    /// <summary>Where its connections are tracked.</summary>
    public uint Zone { get; } = zone;

    public Segment? Segment { get; set; }

    public FilterGroup[] Groups { get; set; } = [];

    public NodeCounters Counters { get; } = new();

    /// <summary>What it may cost the slow path.</summary>
    public TokenBucket Budget;

    /// <summary>What it may ask of the node's services.</summary>
    public TokenBucket ServiceBudget;

    /// <summary>By which the node's services know it; 0 for none.</summary>
    public uint Number { get; set; }

    public ServiceClients Clients => field ??= new ServiceClients();

    public bool IsUp => Row is { AdminUp: true } && Device >= 0;

    public bool Filters => Row is { PortSecurity: true };

    public Origin Origin => new(OriginKind.Port, Id);

    public bool HasMac(MacAddress mac)
    {
        if (Row is null || Row.Mac == mac)
        {
            return Row is not null;
        }

        foreach (AllowedPair pair in Row.AllowedPairs)
        {
            if (pair.Mac == mac)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether port security lets the port speak as this MAC and address together.</summary>
    public bool MaySend(MacAddress mac, IpAddress address)
    {
        if (Row is null)
        {
            return false;
        }

        if (mac == Row.Mac && HasAddress(address))
        {
            return true;
        }

        foreach (AllowedPair pair in Row.AllowedPairs)
        {
            if (pair.Mac == mac && pair.Prefix.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    public bool HasAddress(IpAddress address)
    {
        foreach (IpAddress own in Row!.Addresses)
        {
            if (own == address)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Other MACs that frames to this port may carry.</summary>
    public IEnumerable<MacAddress> PairMacs() =>
        Row is null ? [] : Row.AllowedPairs.Select(p => p.Mac).Where(m => m != Row.Mac).Distinct();
}
