namespace Vicinal.Gateways.Elections;

/// <summary>
/// Releases that not all who have to know have confirmed. A witness that missed one would go on keeping the router for this node, as
/// long as it renews its lease for others.
/// </summary>
internal sealed class ReleaseQueue
{
    private readonly List<PendingRelease> _pending = [];

    public int Count => _pending.Count;

    public PendingRelease this[int index] => _pending[index];

    /// <summary>Takes the place of an earlier release of the router, which it includes.</summary>
    /// <param name="after">The number of the change that has the data path stop.</param>
    public PendingRelease Add(Guid routerId, Epoch epoch, int successor, ulong after, long now)
    {
        PendingRelease? release = null;
        foreach (PendingRelease pending in _pending)
        {
            release = pending.RouterId == routerId ? pending : release;
        }

        if (release is null)
        {
            release = new PendingRelease(routerId);
            _pending.Add(release);
        }

        release.Epoch = epoch > release.Epoch ? epoch : release.Epoch;
        release.Successor = successor;
        release.After = Math.Max(release.After, after);
        release.NextSend = now;
        release.Step = 0;
        return release;
    }

    /// <summary>The host has heard of it. A later release of the same router waits for its own confirmation.</summary>
    public void Confirm(int host, Guid routerId, Epoch epoch)
    {
        for (int i = 0; i < _pending.Count; i++)
        {
            PendingRelease release = _pending[i];
            if (release.RouterId == routerId && release.Epoch == epoch)
            {
                release.Remove(host);
                RemoveIfDone(i);
                return;
            }
        }
    }

    /// <summary>The host remembers nothing that could be released.</summary>
    public void Forget(int host)
    {
        for (int i = _pending.Count - 1; i >= 0; i--)
        {
            _pending[i].Remove(host);
            RemoveIfDone(i);
        }
    }

    private void RemoveIfDone(int index)
    {
        if (_pending[index].Hosts.Count == 0)
        {
            _pending.RemoveAt(index);
        }
    }
}
