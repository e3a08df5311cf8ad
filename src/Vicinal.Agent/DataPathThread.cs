using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Vicinal.Devices;

namespace Vicinal.Agent;

/// <summary>
/// The one thread that owns the node and its devices. It waits on all of them at once, serves what is ready, runs the timers,
/// and in between runs what other threads posted. Nothing on it blocks.
/// </summary>
public sealed class DataPathThread : IDisposable
{
    /// <summary>Timers are due at most so late, in milliseconds.</summary>
    private const int TickInterval = 20;

    private readonly Poller _poller = new();
    private readonly ConcurrentQueue<Action> _inbox = new();
    private readonly Dictionary<int, Action> _served = [];
    private readonly ILogger _log;
    private readonly Thread _thread;
    private readonly Action<long> _tick;
    private readonly Action _batchEnded;
    private volatile bool _stopping;
    private int _lastToken;

    /// <param name="tick">Runs about every 20 ms with <see cref="Now"/>.</param>
    /// <param name="batchEnded">Runs after each round of served devices: what waits to be sent goes now.</param>
    public DataPathThread(Action<long> tick, Action batchEnded, ILogger log)
    {
        _tick = tick;
        _batchEnded = batchEnded;
        _log = log;
        _thread = new Thread(Loop) { IsBackground = true, Name = "datapath", Priority = ThreadPriority.AboveNormal };
    }

    /// <summary>Milliseconds on the machine's monotonic clock.</summary>
    public static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    public void Start() => _thread.Start();

    /// <summary>Runs an action on the thread soon. Any thread may call it.</summary>
    public void Post(Action action)
    {
        _inbox.Enqueue(action);
        _poller.Wake();
    }

    /// <summary>Runs a function on the thread and waits for its result.</summary>
    public Task<T> Ask<T>(Func<T> question)
    {
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                answer.SetResult(question());
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        });
        return answer.Task;
    }

    /// <summary>Calls <paramref name="serve"/> on the thread whenever the handle is readable. Only on the thread, or before it starts.</summary>
    /// <returns>A token for <see cref="Forget"/>.</returns>
    public int Serve(int handle, Action serve)
    {
        int token = ++_lastToken;
        _served[token] = serve;
        _poller.Add(handle, token);
        return token;
    }

    public void Forget(int token, int handle)
    {
        _served.Remove(token);
        _poller.Remove(handle);
    }

    public void Dispose()
    {
        _stopping = true;
        _poller.Wake();
        if (_thread.IsAlive && Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }

        _poller.Dispose();
    }

    private void Loop()
    {
        PollEvent[] ready = new PollEvent[64];
        long nextTick = Now;
        while (!_stopping)
        {
            long wait = Math.Clamp(nextTick - Now, 0, TickInterval);
            int count = _poller.Wait(ready, (int)wait);
            try
            {
                for (int i = 0; i < count; i++)
                {
                    // A handler that ran before may have closed this one.
                    if (_served.TryGetValue(ready[i].Token, out Action? serve))
                    {
                        serve();
                    }
                }

                RunPosted();
                if (Now >= nextTick)
                {
                    nextTick = Now + TickInterval;
                    _tick(Now);
                }

                _batchEnded();
            }
            catch (Exception e)
            {
                // One poison packet or row harms itself: it is logged and the thread goes on.
                _log.LogError(e, "the data path met an unexpected error and goes on");
            }
        }
    }

    private void RunPosted()
    {
        while (_inbox.TryDequeue(out Action? action))
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                _log.LogError(e, "a posted action failed");
            }
        }
    }
}
