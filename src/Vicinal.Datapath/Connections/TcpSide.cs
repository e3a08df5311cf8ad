using Vicinal.Packets;

namespace Vicinal.Datapath.Connections;

/// <summary>What one side of a TCP connection has said so far (RFC 9293 section 3.3.1). All numbers are modulo 2^32.</summary>
internal struct TcpSide
{
    /// <summary>The scale of a side whose SYN was not seen: a window is then taken as large as it may be (RFC 7323 section 2.3).</summary>
    private const byte LargestScale = 14;

    private const byte OptionEnd = 0;
    private const byte OptionNone = 1;
    private const byte OptionWindowScale = 3;

    /// <summary>One past the highest sequence number sent.</summary>
    public uint End;

    /// <summary>The highest acknowledgment sent: what this side expects next.</summary>
    public uint Acked;

    /// <summary>The receive window as last advertised, in bytes.</summary>
    public uint Window;

    public bool HasSent;
    public bool HasAcked;

    private byte _scale;
    private bool _scaleKnown;

    /// <param name="options">Of the TCP header.</param>
    public void Hear(in TcpHeader tcp, int payload, ReadOnlySpan<byte> options)
    {
        bool syn = (tcp.Flags & TcpFlags.Syn) != 0;
        uint end = tcp.Sequence + (uint)payload + (syn ? 1u : 0) + ((tcp.Flags & TcpFlags.Fin) != 0 ? 1u : 0);
        if (!HasSent || (int)(end - End) > 0)
        {
            End = end;
            HasSent = true;
        }

        if (syn)
        {
            _scale = ReadScale(options);
            _scaleKnown = true;
        }

        if ((tcp.Flags & TcpFlags.Ack) != 0 && (!HasAcked || (int)(tcp.Acknowledgment - Acked) > 0))
        {
            Acked = tcp.Acknowledgment;
            HasAcked = true;
        }

        // The window of a SYN itself is never scaled (RFC 7323 section 2.2).
        Window = syn ? tcp.Window : (uint)tcp.Window << (_scaleKnown ? _scale : LargestScale);
    }

    /// <summary>The window scale option, 0 where it is missing; options that do not add up end the search.</summary>
    private static byte ReadScale(ReadOnlySpan<byte> options)
    {
        while (!options.IsEmpty && options[0] != OptionEnd)
        {
            int length = options[0] == OptionNone ? 1 : options.Length > 1 ? options[1] : 0;
            if (length == 0 || length > options.Length || (options[0] != OptionNone && length < 2))
            {
                return 0;
            }

            if (options[0] == OptionWindowScale && length == 3)
            {
                return Math.Min(options[2], LargestScale);
            }

            options = options[length..];
        }

        return 0;
    }
}
