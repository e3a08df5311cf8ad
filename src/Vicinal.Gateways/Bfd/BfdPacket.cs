using System.Buffers.Binary;

namespace Vicinal.Gateways.Bfd;

/// <summary>
/// A BFD control packet (RFC 5880 section 4.1) without authentication.
/// <code>
/// |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
/// |                       My Discriminator                        |
/// |                      Your Discriminator                       |
/// |                    Desired Min TX Interval                    |
/// |                   Required Min RX Interval                    |
/// |                 Required Min Echo RX Interval                 |
/// </code>
/// </summary>
/// <param name="YourDiscriminator">0 while the sender has not heard the other end.</param>
/// <param name="DesiredMinTx">Microseconds, as the next.</param>
/// <param name="RequiredMinRx">0: the sender wants no periodic packets.</param>
public readonly record struct BfdPacket(
    BfdState State,
    BfdDiagnostic Diagnostic,
    bool Poll,
    bool Final,
    byte DetectMultiplier,
    uint MyDiscriminator,
    uint YourDiscriminator,
    uint DesiredMinTx,
    uint RequiredMinRx)
{
    public const int Size = 24;
    private const int Version = 1;
    private const byte PollBit = 0x20;
    private const byte FinalBit = 0x10;
    private const byte AuthenticationBit = 0x04;
    private const byte MultipointBit = 0x01;

    /// <summary>The checks of section 6.8.6 that need no session. An authenticated packet is refused, since no authentication is in use.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out BfdPacket packet)
    {
        packet = default;
        if (payload.Length < Size || payload[0] >> 5 != Version || payload[3] < Size || payload[3] > payload.Length)
        {
            return false;
        }

        byte flags = payload[1];
        if ((flags & (AuthenticationBit | MultipointBit)) != 0 || payload[2] == 0)
        {
            return false;
        }

        packet = new BfdPacket(
            (BfdState)(flags >> 6),
            (BfdDiagnostic)(payload[0] & 0x1F),
            (flags & PollBit) != 0,
            (flags & FinalBit) != 0,
            payload[2],
            BinaryPrimitives.ReadUInt32BigEndian(payload[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(payload[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(payload[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(payload[16..]));

        // Without the receiver's number only a sender that is not up yet can be meant for it.
        return packet.MyDiscriminator != 0 && (packet.YourDiscriminator != 0 || packet.State is BfdState.Down or BfdState.AdminDown);
    }

    /// <summary>Writes <see cref="Size"/> bytes. No echo is offered.</summary>
    public void Write(Span<byte> target)
    {
        target[0] = (byte)((Version << 5) | ((int)Diagnostic & 0x1F));
        target[1] = (byte)(((int)State << 6) | (Poll ? PollBit : 0) | (Final ? FinalBit : 0));
        target[2] = DetectMultiplier;
        target[3] = Size;
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], MyDiscriminator);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], YourDiscriminator);
        BinaryPrimitives.WriteUInt32BigEndian(target[12..], DesiredMinTx);
        BinaryPrimitives.WriteUInt32BigEndian(target[16..], RequiredMinRx);
        BinaryPrimitives.WriteUInt32BigEndian(target[20..], 0);
    }
}
