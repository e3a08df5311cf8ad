using Vicinal.Devices.Captures;
using Vicinal.Devices.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Captures;

public sealed class PcapTests
{
    private const long Time = 1_700_000_000_123_456_789;

    [Fact]
    public void What_is_written_is_read_again_to_the_nanosecond()
    {
        using MemoryStream file = new();
        using (PcapWriter writer = new(file, snapLength: 100, leaveOpen: true))
        {
            writer.Write(Time, new byte[60]);
            writer.Write(Time + 1, [.. Enumerable.Range(0, 200).Select(i => (byte)i)]);
        }

        file.Position = 0;
        using PcapReader reader = new(file);
        PcapRecord first = reader.Read().ShouldNotBeNull();
        first.Nanoseconds.ShouldBe(Time);
        first.Data.Length.ShouldBe(60);
        PcapRecord second = reader.Read().ShouldNotBeNull();
        second.OriginalLength.ShouldBe(200);
        second.Data.ShouldBe(Enumerable.Range(0, 100).Select(i => (byte)i));
        reader.Read().ShouldBeNull();
    }

    [Fact]
    public void A_file_cut_anywhere_yields_its_whole_records_and_never_throws_beyond_the_header()
    {
        using MemoryStream file = new();
        using (PcapWriter writer = new(file, leaveOpen: true))
        {
            writer.Write(Time, new byte[60]);
            writer.Write(Time, new byte[70]);
        }

        byte[] bytes = file.ToArray();
        for (int length = 0; length < bytes.Length; length++)
        {
            MemoryStream cut = new(bytes[..length]);
            if (length < 24)
            {
                Should.Throw<InvalidDataException>(() => new PcapReader(cut));
                continue;
            }

            using PcapReader reader = new(cut);
            int count = 0;
            while (reader.Read() is not null)
            {
                count++;
            }

            count.ShouldBe(length < 24 + 76 ? 0 : 1);
        }
    }

    [Fact]
    public void A_length_beyond_the_limit_is_refused_before_it_is_allocated()
    {
        using MemoryStream file = new();
        using (PcapWriter writer = new(file, leaveOpen: true))
        {
            writer.Write(Time, new byte[60]);
        }

        byte[] bytes = file.ToArray();
        bytes[24 + 11] = 0x7F;
        using PcapReader reader = new(new MemoryStream(bytes));
        Should.Throw<InvalidDataException>(() => reader.Read());
    }

    [Fact]
    public void A_capture_device_writes_both_directions_and_changes_nothing()
    {
        (MemoryDevice a, MemoryDevice b) = MemoryDevice.CreatePair("a", default, "b", default);
        using MemoryStream file = new();
        using CaptureDevice captured = new(a, new PcapWriter(file, leaveOpen: true), () => Time);
        PacketBuffer frame = Frames.Ethernet(MacAddress.Broadcast, default, Frames.TestEtherType, "ping"u8);
        ((IFrameDevice)captured).Send(frame).ShouldBeTrue();
        PacketBuffer[] buffers = Frames.Buffers(2);
        b.Receive(buffers).ShouldBe(1);
        ((IFrameDevice)b).Send(buffers[0]).ShouldBeTrue();
        captured.Receive(buffers).ShouldBe(1);
        buffers[0].Span.ToArray().ShouldBe(frame.Span.ToArray());

        file.Position = 0;
        using PcapReader reader = new(file);
        reader.Read().ShouldNotBeNull().Data.ShouldBe(frame.Span.ToArray());
        reader.Read().ShouldNotBeNull().Nanoseconds.ShouldBe(Time);
        reader.Read().ShouldBeNull();
    }
}
