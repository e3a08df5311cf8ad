using System.Runtime.CompilerServices;
using Vicinal.Devices.Native;

namespace Vicinal.Devices;

/// <summary>One handle that has something to do; <paramref name="Token"/> is what it was added under.</summary>
public readonly record struct PollEvent(int Token, bool IsReadable, bool IsWritable, bool IsFailed);

/// <summary>
/// Waits on descriptors (epoll, level-triggered) for one thread; <see cref="Wake"/> may be called from any thread. Waiting allocates nothing.
/// </summary>
public sealed unsafe class Poller : IDisposable
{
    private const int BatchSize = 64;
    private const int WakeToken = int.MinValue;

    private readonly Descriptor _epoll;
    private readonly Descriptor _wake;
    private readonly byte[] _events = GC.AllocateArray<byte>(BatchSize * 16, pinned: true);

    public Poller()
    {
        _epoll = Descriptor.Own(EpollCalls.Create(EpollCalls.EPOLL_CLOEXEC), "epoll_create1");
        _wake = Descriptor.Own(FileCalls.EventFd(0, FileCalls.EFD_CLOEXEC | FileCalls.EFD_NONBLOCK), "eventfd");
        Control(EpollCalls.EPOLL_CTL_ADD, _wake.Value, WakeToken, EpollCalls.EPOLLIN);
    }

    /// <summary>Watches a descriptor for reading, and for room to write if asked. Tokens are the caller's; int.MinValue is taken.</summary>
    public void Add(int handle, int token, bool forWriting = false)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(token, WakeToken);
        Control(EpollCalls.EPOLL_CTL_ADD, handle, token, Interest(forWriting));
    }

    public void Change(int handle, int token, bool forWriting) =>
        Control(EpollCalls.EPOLL_CTL_MOD, handle, token, Interest(forWriting));

    /// <summary>Stops watching; a descriptor that was closed before has left by itself.</summary>
    public void Remove(int handle) => _ = EpollCalls.Control(_epoll.Value, EpollCalls.EPOLL_CTL_DEL, handle, null);

    /// <summary>
    /// Waits until something is ready, <see cref="Wake"/> is called or the time is over (-1: no limit), and returns how many entries of
    /// <paramref name="ready"/> were filled. 0 means a wake-up, a signal or the time.
    /// </summary>
    public int Wait(Span<PollEvent> ready, int timeoutMilliseconds)
    {
        byte* events = (byte*)Unsafe.AsPointer(ref _events[0]);
        int wanted = Math.Min(ready.Length, BatchSize - 1) + 1;
        int found = EpollCalls.Wait(_epoll.Value, events, wanted, timeoutMilliseconds);
        int count = 0;
        for (int i = 0; i < found; i++)
        {
            byte* e = events + (i * EpollCalls.EventSize);
            uint flags = *(uint*)e;
            int token = *(int*)(e + EpollCalls.DataOffset);
            if (token == WakeToken)
            {
                ulong posted;
                _ = FileCalls.Read(_wake.Value, &posted, sizeof(ulong));
            }
            else if (count < ready.Length)
            {
                // Level-triggered: what does not fit is reported by the next call.
                ready[count++] = new PollEvent(
                    token,
                    (flags & EpollCalls.EPOLLIN) != 0,
                    (flags & EpollCalls.EPOLLOUT) != 0,
                    (flags & (EpollCalls.EPOLLERR | EpollCalls.EPOLLHUP)) != 0);
            }
        }

        return count;
    }

    /// <summary>Makes the current or the next <see cref="Wait"/> return. Any thread; wake-ups that meet are one.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = FileCalls.Write(_wake.Value, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        _epoll.Dispose();
        _wake.Dispose();
    }

    private static uint Interest(bool forWriting) => EpollCalls.EPOLLIN | (forWriting ? EpollCalls.EPOLLOUT : 0);

    private void Control(int operation, int handle, int token, uint interest)
    {
        byte* e = stackalloc byte[16];
        *(uint*)e = interest;
        *(long*)(e + EpollCalls.DataOffset) = token;
        if (EpollCalls.Control(_epoll.Value, operation, handle, e) != 0)
        {
            throw DeviceException.FromLastError("epoll_ctl");
        }
    }
}
