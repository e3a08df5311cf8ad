namespace Vicinal.Gateways.Bfd;

/// <summary>
/// One end of a BFD session in asynchronous mode (RFC 5880 section 6.8), without demand mode and echo. A state machine: packets and time go in, and the caller
/// sends what <see cref="TryTransmit"/> writes.
/// </summary>
public sealed class BfdSession
{
    /// <summary>Section 6.8.3: not faster than this while the session is not up.</summary>
    private const long SlowestStart = Nanoseconds.PerSecond;

    private readonly uint _local;
    private BfdTiming _timing;
    private uint _remote;
    private bool _enabled = true;
    private bool _polls;
    private bool _answersPoll;
    private bool _changed = true;
    private long _nextTransmit;
    private long _lastHeard;

    // What the other end said last; section 6.8.1 starts its required interval at one microsecond.
    private long _remoteDesired = SlowestStart;
    private long _remoteRequired = Nanoseconds.PerMicrosecond;
    private int _remoteMultiplier = 3;

    // While a poll runs, the slower of the old and the new interval counts (section 6.8.3).
    private long _transmitInForce;
    private long _receiveInForce;

    /// <param name="discriminator">Not 0, and of no other session of this node.</param>
    public BfdSession(uint discriminator, BfdTiming timing, bool passive, long now)
    {
        _local = discriminator;
        IsPassive = passive;
        _timing = timing;
        _nextTransmit = now;
        _lastHeard = now;
        _transmitInForce = SlowestStart;
        _receiveInForce = timing.Interval;
    }

    public BfdState State { get; private set; } = BfdState.Down;

    public BfdState RemoteState { get; private set; } = BfdState.Down;

    public BfdDiagnostic Diagnostic { get; private set; }

    public BfdTiming Timing => _timing;

    /// <summary>Says nothing before the other end does (section 6.1).</summary>
    public bool IsPassive { get; set; }

    public long LastHeard => _lastHeard;

    /// <summary>Without a valid packet for so long, an open session goes down (section 6.8.4).</summary>
    public long DetectionTime => _remoteMultiplier * Math.Max(_receiveInForce, _remoteDesired);

    /// <summary>When <see cref="Tick"/> or <see cref="TryTransmit"/> has something to do.</summary>
    public long NextDue
    {
        get
        {
            long due = _answersPoll ? 0 : Speaks ? (_changed ? 0 : _nextTransmit) : long.MaxValue;
            return _remote == 0 ? due : Math.Min(due, _lastHeard + DetectionTime);
        }
    }

    private bool Speaks => _remoteRequired != 0 && (!IsPassive || _remote != 0);

    /// <summary>Returns whether <see cref="State"/> changed.</summary>
    public bool Receive(in BfdPacket packet, long now)
    {
        if (packet.YourDiscriminator != 0 && packet.YourDiscriminator != _local)
        {
            return false;
        }

        _remote = packet.MyDiscriminator;
        RemoteState = packet.State;
        _remoteDesired = packet.DesiredMinTx * Nanoseconds.PerMicrosecond;
        _remoteMultiplier = packet.DetectMultiplier;
        _lastHeard = now;
        Hear(packet.RequiredMinRx * Nanoseconds.PerMicrosecond, now);
        if (packet.Final && _polls)
        {
            EndPoll();
        }

        _answersPoll |= packet.Poll;
        return _enabled && Follow(packet.State, now);
    }

    /// <summary>Ends the session when the other end was silent for too long. Returns whether <see cref="State"/> changed.</summary>
    public bool Tick(long now)
    {
        if (_remote == 0 || now < _lastHeard + DetectionTime)
        {
            return false;
        }

        _remote = 0;
        _remoteRequired = Nanoseconds.PerMicrosecond;
        RemoteState = BfdState.Down;
        return State is BfdState.Init or BfdState.Up && Enter(BfdState.Down, BfdDiagnostic.DetectionTimeExpired, now);
    }

    /// <summary>This node itself stood still for so long: what the other end sent meanwhile may be lost, and that is not its fault.</summary>
    public void NoteStall(long nanoseconds) => _lastHeard += nanoseconds;

    /// <summary>Changes the pace, with a poll while the session is up.</summary>
    public void SetTiming(BfdTiming timing, long now)
    {
        if (timing == _timing)
        {
            return;
        }

        _timing = timing;
        if (State == BfdState.Up)
        {
            BeginPoll(now);
        }
        else
        {
            _receiveInForce = timing.Interval;
        }
    }

    /// <summary>Tells the other end that this one stops on purpose, or begins again.</summary>
    public void SetEnabled(bool enabled, long now)
    {
        if (enabled != _enabled)
        {
            _enabled = enabled;
            Enter(enabled ? BfdState.Down : BfdState.AdminDown, enabled ? BfdDiagnostic.None : BfdDiagnostic.AdministrativelyDown, now);
        }
    }

    /// <summary>The packet that is due, if one is: a periodic one, an answer to a poll, or news of the state.</summary>
    /// <param name="chance">Any number; spreads the pauses over 75 to 90 percent of the interval (section 6.8.7).</param>
    public bool TryTransmit(long now, uint chance, out BfdPacket packet)
    {
        packet = default;
        if (!_answersPoll && (!Speaks || (!_changed && now < _nextTransmit)))
        {
            return false;
        }

        // Section 6.5: a packet is a question or an answer, never both.
        bool final = _answersPoll;
        packet = new BfdPacket(State, Diagnostic, _polls && !final, final, _timing.Multiplier, _local, _remote, DesiredNow, _timing.Microseconds);
        _answersPoll = false;
        _changed &= final && _polls;
        long pause = Math.Max(_transmitInForce, _remoteRequired);
        _nextTransmit = now + (pause * 3 / 4) + (long)(((UInt128)(ulong)(pause * 3 / 20) * chance) >> 32);
        return true;
    }

    private uint DesiredNow => State == BfdState.Up
        ? _timing.Microseconds
        : (uint)Math.Max(_timing.Microseconds, SlowestStart / Nanoseconds.PerMicrosecond);

    /// <summary>The table of section 6.8.6.</summary>
    private bool Follow(BfdState heard, long now) => (State, heard) switch
    {
        (BfdState.Down, BfdState.Down) => Enter(BfdState.Init, Diagnostic, now),
        (BfdState.Down, BfdState.Init) => Enter(BfdState.Up, BfdDiagnostic.None, now),
        (BfdState.Init, BfdState.Init or BfdState.Up) => Enter(BfdState.Up, BfdDiagnostic.None, now),
        (BfdState.Init, BfdState.AdminDown) => Enter(BfdState.Down, BfdDiagnostic.NeighborSignaledDown, now),
        (BfdState.Up, BfdState.Down or BfdState.AdminDown) => Enter(BfdState.Down, BfdDiagnostic.NeighborSignaledDown, now),
        _ => false,
    };

    private bool Enter(BfdState state, BfdDiagnostic diagnostic, long now)
    {
        bool wasUp = State == BfdState.Up;
        State = state;
        Diagnostic = diagnostic;
        _changed = true;
        if (state == BfdState.Up)
        {
            BeginPoll(now);
        }
        else if (wasUp)
        {
            EndPoll();
        }

        return true;
    }

    private void BeginPoll(long now)
    {
        _polls = true;
        _changed = true;
        long desired = DesiredNow * Nanoseconds.PerMicrosecond;

        // Faster sending and slower listening need no consent.
        _transmitInForce = State == BfdState.Up && desired < _transmitInForce ? desired : _transmitInForce;
        _receiveInForce = Math.Max(_receiveInForce, _timing.Interval);
        _nextTransmit = Math.Min(_nextTransmit, now + _transmitInForce);
    }

    private void EndPoll()
    {
        _polls = false;
        _transmitInForce = DesiredNow * Nanoseconds.PerMicrosecond;
        _receiveInForce = _timing.Interval;
    }

    /// <summary>A required interval that falls takes effect at once (section 6.8.3), also for the pause that runs.</summary>
    private void Hear(long required, long now)
    {
        if (required != 0 && required < _remoteRequired)
        {
            _nextTransmit = Math.Min(_nextTransmit, now + Math.Max(_transmitInForce, required));
        }

        _remoteRequired = required;
    }
}
