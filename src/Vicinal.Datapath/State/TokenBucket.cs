namespace Vicinal.Datapath.State;

/// <summary>A rate with a burst. Time is milliseconds; a bucket that was never used is full.</summary>
internal struct TokenBucket
{
    private long _last;

    /// <summary>Thousandths of a token that are missing from a full bucket, so that zero means full.</summary>
    private long _missing;

    public bool TryTake(int perSecond, int burst, long now)
    {
        long back = (now - _last) * perSecond;
        _missing = back < 0 || back >= _missing ? 0 : _missing - back;
        _last = now;
        if (_missing > (burst - 1) * 1000L)
        {
            return false;
        }

        _missing += 1000;
        return true;
    }
}
