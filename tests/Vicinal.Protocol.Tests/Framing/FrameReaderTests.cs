using FsCheck;
using FsCheck.Fluent;
using Vicinal.Protocol.Framing;

namespace Vicinal.Protocol.Tests.Framing;

public sealed class FrameReaderTests
{
    private static readonly byte[][] s_messages = [[1], [2, 2], [.. Enumerable.Repeat((byte)3, 300)], [4], [.. Enumerable.Repeat((byte)5, 9000)]];

    private static readonly string[] s_expected = [.. s_messages.Select(Convert.ToHexString)];

    private static byte[] Stream { get; } = [.. s_messages.SelectMany(m => (byte[])[0, 0, (byte)(m.Length >> 8), (byte)m.Length, .. m])];

    [Fact]
    public void A_stream_is_cut_into_the_same_messages_whole_and_byte_by_byte()
    {
        Read(Stream).ShouldBe(s_expected);
        Read([.. Stream.Select(b => new byte[] { b })]).ShouldBe(s_expected);
    }

    [Fact]
    public void A_stream_split_at_every_offset_is_cut_into_the_same_messages()
    {
        for (int split = 0; split <= Stream.Length; split++)
        {
            Read(Stream[..split], Stream[split..]).SequenceEqual(s_expected).ShouldBeTrue($"split at {split}");
        }
    }

    [Fact]
    public void A_stream_split_anyhow_is_cut_into_the_same_messages() => Prop.ForAll<int>(seed =>
    {
        Random random = new(seed);
        List<byte[]> parts = [];
        for (int at = 0; at < Stream.Length;)
        {
            int length = Math.Min(random.Next(0, 700), Stream.Length - at);
            parts.Add(Stream[at..(at + length)]);
            at += length;
        }

        Read([.. parts]).SequenceEqual(s_expected).ShouldBeTrue();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_stream_that_ends_inside_a_message_is_known_to_be_cut()
    {
        for (int end = 0; end <= Stream.Length; end++)
        {
            FrameReader reader = new();
            int whole = 0;
            reader.Push(Stream.AsSpan(0, end), frame => whole += frame.Length + FrameReader.HeaderSize);
            reader.IsInsideFrame.ShouldBe(whole != end);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 4, 1 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    public void A_length_of_nothing_or_over_the_limit_ends_the_stream(byte[] header)
    {
        Should.Throw<WireFault>(() => new FrameReader(limit: 1024).Push(header, _ => { }));
        FrameReader slow = new(limit: 1024);
        slow.Push(header.AsSpan(0, 3), _ => { });
        Should.Throw<WireFault>(() => slow.Push(header.AsSpan(3), _ => { }));
    }

    [Fact]
    public void A_message_over_the_limit_is_not_written()
    {
        Wire.ServerMessage message = new() { Refused = new Wire.Refused { Reason = new string('x', 2000) } };
        Should.Throw<WireFault>(() => FrameWriter.Frame(message, limit: 1024));
        Read(FrameWriter.Frame(message, limit: 4096).ToArray()).ShouldHaveSingleItem().Length.ShouldBe(2 * message.CalculateSize());
    }

    private static List<string> Read(params byte[][] parts)
    {
        FrameReader reader = new();
        List<string> messages = [];
        foreach (byte[] part in parts)
        {
            reader.Push(part, frame => messages.Add(Convert.ToHexString(frame)));
        }

        reader.IsInsideFrame.ShouldBeFalse();
        return messages;
    }
}
