namespace Vicinal.Agent.Gateways;

/// <summary>
/// What other threads have to tell the gateway thread, in order. One that is held up while it puts something in holds up nobody: at real-time priority the
/// reader would keep the processor from the very thread that it waits for, as a reader of a ConcurrentQueue may.
/// </summary>
internal sealed class GatewayInbox
{
    // What is new, newest first.
    private Entry? _newest;

    // What has been taken out of there, oldest first. The gateway thread's alone.
    private Entry? _next;

    /// <summary>Any thread.</summary>
    public void Put(GatewayInput input)
    {
        Entry entry = new(input);
        Entry? before = Volatile.Read(ref _newest);
        while (true)
        {
            entry.Behind = before;
            Entry? found = Interlocked.CompareExchange(ref _newest, entry, before);
            if (found == before)
            {
                return;
            }

            before = found;
        }
    }

    /// <summary>The gateway thread alone.</summary>
    public GatewayInput? Take()
    {
        if (_next is null)
        {
            Turn(Interlocked.Exchange(ref _newest, null));
        }

        Entry? taken = _next;
        _next = taken?.Behind;
        return taken?.Input;
    }

    private void Turn(Entry? newest)
    {
        while (newest is not null)
        {
            Entry? older = newest.Behind;
            newest.Behind = _next;
            _next = newest;
            newest = older;
        }
    }

    private sealed class Entry(GatewayInput input)
    {
        public GatewayInput Input => input;

        public Entry? Behind { get; set; }
    }
}
