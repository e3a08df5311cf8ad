namespace Vicinal.Gateways.Elections;

/// <summary>Since when something is well without a break, and how often it broke lately: what breaks often has to be well for longer.</summary>
internal sealed class Damping
{
    private const int MostDoublings = 4;

    /// <summary>A break is forgotten after so long without another one.</summary>
    private const long Lately = 300 * Nanoseconds.PerSecond;

    private long _since;
    private long _lastBreak;
    private int _breaks;

    public bool IsWell { get; private set; }

    /// <summary>It has not broken lately.</summary>
    public bool IsCalm(long now) => _breaks == 0 || now >= _lastBreak + Lately;

    public void Set(bool well, long now)
    {
        if (well == IsWell)
        {
            return;
        }

        IsWell = well;
        if (well)
        {
            _since = now;
            return;
        }

        _breaks = IsCalm(now) ? 1 : _breaks + 1;
        _lastBreak = now;
    }

    /// <summary>When it will have been well for long enough, if it goes on so; the hold doubles with each break after the first.</summary>
    public long TrustedAt(long hold) => IsWell ? _since + (hold << Math.Clamp(_breaks - 1, 0, MostDoublings)) : long.MaxValue;

    /// <summary>Well, and either without a break lately or for long enough since.</summary>
    public bool IsTrusted(long hold, long now) => IsWell && now >= TrustedAt(hold);
}
