namespace Vicinal.Gateways.Elections;

/// <summary>A router that this node has stopped serving or asking for, and who has not confirmed to have heard it.</summary>
internal sealed class PendingRelease(Guid routerId)
{
    public Guid RouterId { get; } = routerId;

    /// <summary>The newest epoch under which it was asked for.</summary>
    public Epoch Epoch { get; set; }

    /// <summary>The host that is to follow, or -1.</summary>
    public int Successor { get; set; }

    /// <summary>Who has not confirmed.</summary>
    public List<int> Hosts { get; } = [];

    /// <summary>The change that has the data path stop; nobody is told before that is done.</summary>
    public ulong After { get; set; }

    public long NextSend { get; set; }

    public int Step { get; set; }

    /// <summary>A host that has to know; -1 is none.</summary>
    public void Add(int host)
    {
        if (host >= 0 && !Hosts.Contains(host))
        {
            Hosts.Add(host);
        }
    }

    public void Remove(int host) => Hosts.Remove(host);
}
