namespace Vicinal.Server.Gateways;

/// <summary>Wakes one waiting loop, by what happened or at a time that it asked for. However often it is woken meanwhile, it wakes once.</summary>
internal sealed class Wakeup : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _news = new(0, 1);
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private bool _disposed;

    public Wakeup(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static self => ((Wakeup)self!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Any thread may call it, at any time.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (!_disposed && _news.CurrentCount == 0)
            {
                _news.Release();
            }
        }
    }

    /// <summary>Takes the place of the time asked for before; null asks for none.</summary>
    public void At(DateTimeOffset? moment)
    {
        TimeSpan due = moment is { } at ? at - _time.GetUtcNow() : Timeout.InfiniteTimeSpan;

        // A millisecond more: whoever asks whether the moment is over finds it so.
        _timer.Change(moment is null ? due : due > TimeSpan.Zero ? due + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public Task WaitAsync(CancellationToken cancellation) => _news.WaitAsync(cancellation);

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer.Dispose();
            _news.Dispose();
        }
    }
}
