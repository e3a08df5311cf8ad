using Vicinal.Packets;

namespace Vicinal.Datapath.Connections;

/// <summary>A TCP connection as a bystander sees it: not one end's state, but what both have sent.</summary>
public enum TcpState : byte
{
    None = 0,
    SynSent,

    /// <summary>Both sides sent a SYN without an acknowledgment (RFC 9293 section 3.5, simultaneous open).</summary>
    SynSentBoth,
    SynReceived,
    Established,

    /// <summary>One side has sent a FIN.</summary>
    FinWait,

    /// <summary>That FIN was acknowledged.</summary>
    CloseWait,

    /// <summary>Both sides have sent a FIN.</summary>
    LastAck,
    TimeWait,
    Close,
}

/// <summary>The state machine of a connection's TCP as seen from the middle.</summary>
public static class TcpTracking
{
    /// <summary>Combinations that no stack sends and scanners do: no flag at all, SYN with FIN or RST, FIN without ACK.</summary>
    public static bool IsSound(TcpFlags flags)
    {
        TcpFlags kind = flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst | TcpFlags.Ack);
        return kind is TcpFlags.Syn or (TcpFlags.Syn | TcpFlags.Ack) or TcpFlags.Ack or TcpFlags.Rst
            or (TcpFlags.Rst | TcpFlags.Ack) or (TcpFlags.Fin | TcpFlags.Ack) or (TcpFlags.Fin | TcpFlags.Rst | TcpFlags.Ack);
    }

    public static bool IsBareSyn(TcpFlags flags) => (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Fin)) == TcpFlags.Syn;

    /// <summary>The state after a packet whose flags are sound.</summary>
    public static TcpState Next(TcpState state, TcpFlags flags, bool reply)
    {
        if ((flags & TcpFlags.Rst) != 0)
        {
            return TcpState.Close;
        }

        if ((flags & TcpFlags.Syn) != 0)
        {
            return (flags & TcpFlags.Ack) != 0 ? AfterSynAck(state, reply) : AfterSyn(state, reply);
        }

        return (flags & TcpFlags.Fin) != 0 ? AfterFin(state) : AfterAck(state, reply);
    }

    private static TcpState AfterSyn(TcpState state, bool reply) => (state, reply) switch
    {
        (TcpState.None, _) => TcpState.SynSent,
        (TcpState.SynSent, true) => TcpState.SynSentBoth,

        // A SYN on a live connection is answered by a challenge ACK (RFC 5961 section 4) and proves nothing.
        _ => state,
    };

    private static TcpState AfterSynAck(TcpState state, bool reply) => (state, reply) switch
    {
        (TcpState.SynSent, true) => TcpState.SynReceived,
        (TcpState.SynSentBoth, _) => TcpState.SynReceived,
        _ => state,
    };

    private static TcpState AfterFin(TcpState state) => state switch
    {
        TcpState.None or TcpState.SynReceived or TcpState.Established => TcpState.FinWait,

        // A FIN sent again looks the same as the other side's; the shorter life is the safe reading.
        TcpState.FinWait or TcpState.CloseWait => TcpState.LastAck,
        _ => state,
    };

    private static TcpState AfterAck(TcpState state, bool reply) => state switch
    {
        // Picked up in mid-stream.
        TcpState.None => TcpState.Established,
        TcpState.SynReceived when !reply => TcpState.Established,
        TcpState.FinWait => TcpState.CloseWait,
        TcpState.LastAck => TcpState.TimeWait,
        _ => state,
    };
}
