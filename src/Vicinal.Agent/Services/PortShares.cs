namespace Vicinal.Agent.Services;

/// <summary>How much of something each port has at the moment, so that one that takes all it can get leaves the others theirs. Any thread.</summary>
internal sealed class PortShares(int most)
{
    private readonly Dictionary<Guid, int> _taken = [];
    private readonly Lock _gate = new();

    public bool TryTake(Guid port)
    {
        lock (_gate)
        {
            int taken = _taken.GetValueOrDefault(port);
            if (taken == most)
            {
                return false;
            }

            _taken[port] = taken + 1;
            return true;
        }
    }

    public void GiveBack(Guid port)
    {
        lock (_gate)
        {
            if (--_taken[port] == 0)
            {
                _taken.Remove(port);
            }
        }
    }
}
