using FsCheck;
using FsCheck.Fluent;
using Vicinal.Gateways.Bfd;

namespace Vicinal.Gateways.Tests.Bfd;

public sealed class BfdPacketTests
{
    private static readonly BfdPacket s_up = new(BfdState.Up, BfdDiagnostic.None, false, false, 3, 0x1122_3344, 0x5566_7788, 10_000, 20_000);

    [Fact]
    public void The_octets_are_those_of_the_RFC()
    {
        byte[] bytes = new byte[BfdPacket.Size];
        (s_up with { Diagnostic = BfdDiagnostic.NeighborSignaledDown, Poll = true }).Write(bytes);
        Convert.ToHexString(bytes).ShouldBe("23E003181122334455667788000027100000" + "4E2000000000");
    }

    [Fact]
    public void What_is_written_is_read()
    {
        byte[] bytes = new byte[BfdPacket.Size];
        foreach (BfdState state in Enum.GetValues<BfdState>())
        {
            foreach (BfdDiagnostic diagnostic in Enum.GetValues<BfdDiagnostic>())
            {
                BfdPacket packet = s_up with { State = state, Diagnostic = diagnostic, Final = state == BfdState.Init };
                packet.Write(bytes);
                BfdPacket.TryRead(bytes, out BfdPacket read).ShouldBeTrue();
                read.ShouldBe(packet);
            }
        }
    }

    [Theory]
    [InlineData(0, 0x40, "another version")]
    [InlineData(1, 0xC4, "authentication that nobody agreed on")]
    [InlineData(1, 0xC1, "multipoint")]
    [InlineData(2, 0, "a multiplier of 0")]
    [InlineData(3, 23, "a length below the smallest")]
    [InlineData(3, 25, "a length beyond the payload")]
    public void A_packet_is_refused_with(int offset, byte value, string what)
    {
        byte[] bytes = new byte[BfdPacket.Size];
        s_up.Write(bytes);
        bytes[offset] = value;
        BfdPacket.TryRead(bytes, out _).ShouldBeFalse(what);
    }

    [Fact]
    public void Discriminators_are_looked_at()
    {
        Read(s_up with { MyDiscriminator = 0 }).ShouldBeFalse();
        Read(s_up with { YourDiscriminator = 0 }).ShouldBeFalse();
        Read(s_up with { YourDiscriminator = 0, State = BfdState.Init }).ShouldBeFalse();
        Read(s_up with { YourDiscriminator = 0, State = BfdState.Down }).ShouldBeTrue();
        Read(s_up with { YourDiscriminator = 0, State = BfdState.AdminDown }).ShouldBeTrue();
    }

    [Fact]
    public void Any_octets_are_read_or_refused_and_a_session_takes_whatever_was_read()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            Random random = new(seed);
            byte[] bytes = new byte[random.Next(0, 40)];
            random.NextBytes(bytes);
            if (bytes.Length > 3 && random.Next(2) == 0)
            {
                bytes[0] = (byte)((bytes[0] & 0x1F) | 0x20);
                bytes[1] &= 0xFA;
                bytes[3] = BfdPacket.Size;
            }

            if (BfdPacket.TryRead(bytes, out BfdPacket packet))
            {
                BfdSession session = new(packet.YourDiscriminator == 0 ? 1 : packet.YourDiscriminator, BfdTiming.Slow, false, 0);
                session.Receive(in packet, 5);
                session.Tick(long.MaxValue / 4);
                session.TryTransmit(long.MaxValue / 4, uint.MaxValue, out _).ShouldBe(packet.RequiredMinRx != 0 || packet.Poll || session.State != BfdState.Up);
            }
        }));
    }

    private static bool Read(BfdPacket packet)
    {
        byte[] bytes = new byte[BfdPacket.Size];
        packet.Write(bytes);
        return BfdPacket.TryRead(bytes, out _);
    }
}
