using FsCheck;
using FsCheck.Fluent;
using Vicinal.Forwarding;
using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Tests.Messages;

public sealed class MessageTests
{
    private static readonly Guid s_router = new("11223344-5566-7788-99aa-bbccddeeff00");
    private static readonly Guid s_node = new("0a0b0c0d-0e0f-1011-1213-141516171819");

    [Fact]
    public void Every_part_is_read_as_it_was_written()
    {
        byte[] room = new byte[64];
        MessageHeader header = new(MessageKind.Claim, 3, MessageFlags.Ready | MessageFlags.Lapsed, ulong.MaxValue - 1, 77);
        header.Write(room);
        MessageHeader.TryRead(room, out MessageHeader read).ShouldBeTrue();
        read.ShouldBe(header);
        Same(new RenewMessage(1UL << 60, 2, 3, 40_000), RenewMessage.Size, (m, b) => m.Write(b), RenewMessage.Read);
        Same(new RenewedMessage(9, ulong.MaxValue), RenewedMessage.Size, (m, b) => m.Write(b), RenewedMessage.Read);
        Same(new RevokedMessage(9, uint.MaxValue), RevokedMessage.Size, (m, b) => m.Write(b), RevokedMessage.Read);
        Same(new GrantedMessage(9, 5), GrantedMessage.Size, (m, b) => m.Write(b), GrantedMessage.Read);
        Same(new ClaimMessage(4, 5), ClaimMessage.Size, (m, b) => m.Write(b), ClaimMessage.Read);
        Same(new ClaimHeardMessage(4, 5), ClaimHeardMessage.Size, (m, b) => m.Write(b), ClaimHeardMessage.Read);
        Same(new ReplicateMessage(4, 5, s_router, new Epoch(3, 4)), ReplicateMessage.Size, (m, b) => m.Write(b), ReplicateMessage.Read);
        Same(new ReplicatedMessage(4, 5, 6), ReplicatedMessage.Size, (m, b) => m.Write(b), ReplicatedMessage.Read);
        Same(new RouterEpoch(s_router, new Epoch(3, 4)), RouterEpoch.Size, (m, b) => m.Write(b), RouterEpoch.Read);
        Same(new RefusedEntry(s_router, new Epoch(3, 4), new Epoch(3, 9), s_node, 41_080, Refusal.Held), RefusedEntry.Size, (m, b) => m.Write(b), RefusedEntry.Read);
        Same(new ReleaseEntry(s_router, new Epoch(3, 4), s_node), ReleaseEntry.Size, (m, b) => m.Write(b), ReleaseEntry.Read);
        Same(new PrepareEntry(s_router, new Epoch(3, 4), true), PrepareEntry.Size, (m, b) => m.Write(b), PrepareEntry.Read);
        Same(new PreparedEntry(s_router, new Epoch(3, 4), Readiness.Waits), PreparedEntry.Size, (m, b) => m.Write(b), PreparedEntry.Read);
        Same(new HelloEntry(s_router, true, UpstreamState.Silent), HelloEntry.Size, (m, b) => m.Write(b), HelloEntry.Read);
        Same(new TakeEntry(s_router, new Epoch(3, 4), GatewayLease.Long), TakeEntry.Size, (m, b) => m.Write(b), ReadTake);
    }

    [Fact]
    public void Ids_are_on_the_wire_as_they_are_printed()
    {
        byte[] room = new byte[RouterEpoch.Size];
        new RouterEpoch(s_router, new Epoch(1, 2)).Write(room);
        Convert.ToHexString(room).ShouldBe("112233445566778899AABBCCDDEEFF00" + "0000000100000002");
    }

    [Fact]
    public void A_message_opens_only_at_exactly_the_length_that_its_kind_and_count_say()
    {
        foreach (MessageKind kind in Enum.GetValues<MessageKind>())
        {
            MessageLayout.TryFind(kind, out MessageLayout layout).ShouldBeTrue();
            int most = layout.Entry == 0 ? 0 : (OutgoingMessage.MaxSize - MessageHeader.Size - layout.Fixed) / layout.Entry;
            for (int count = 0; count <= most; count++)
            {
                int length = MessageHeader.Size + layout.Fixed + (count * layout.Entry);
                length.ShouldBeLessThanOrEqualTo(OutgoingMessage.MaxSize);
                MessageReader.TryOpen(Message(kind, count, length), out MessageReader reader).ShouldBeTrue();
                reader.Count.ShouldBe(count);
                MessageReader.TryOpen(Message(kind, count, length - 1), out _).ShouldBeFalse();
                MessageReader.TryOpen(Message(kind, count, length + 1), out _).ShouldBeFalse();
                MessageReader.TryOpen(Message(kind, count + 1, length), out _).ShouldBeFalse("a count that lies");
            }
        }
    }

    [Fact]
    public void Other_versions_and_kinds_do_not_open()
    {
        byte[] message = Message(MessageKind.WhoServes, 0, MessageHeader.Size);
        MessageReader.TryOpen(message, out _).ShouldBeTrue();
        message[0]++;
        MessageReader.TryOpen(message, out _).ShouldBeFalse();
        MessageReader.TryOpen(Message((MessageKind)200, 0, MessageHeader.Size), out _).ShouldBeFalse();
        MessageReader.TryOpen([], out _).ShouldBeFalse();
    }

    [Fact]
    public void A_take_with_a_lease_that_nobody_knows_is_no_take()
    {
        byte[] room = new byte[TakeEntry.Size];
        new TakeEntry(s_router, new Epoch(1, 1), GatewayLease.Short).Write(room);
        room[^1] = 3;
        TakeEntry.TryRead(room, out _).ShouldBeFalse();
    }

    [Fact]
    public void Entries_for_one_host_share_messages_that_fit_into_a_datagram()
    {
        GatewayEffects effects = new();
        Outbox outbox = new(5, self: 0);
        outbox.Begin(effects, new GatewayEffects());
        for (int i = 0; i < 100; i++)
        {
            outbox.RouterEpoch(1, MessageKind.Reclaim, [], s_router, new Epoch(1, (uint)i));
            outbox.RouterEpoch(2, MessageKind.Reclaim, [], s_router, new Epoch(1, (uint)i));
        }

        effects.MessageCount.ShouldBe(6);
        int entries = 0;
        for (int i = 0; i < effects.MessageCount; i++)
        {
            effects.Message(i).Length.ShouldBeLessThanOrEqualTo(OutgoingMessage.MaxSize);
            MessageReader.TryOpen(effects.Message(i).Bytes, out MessageReader reader).ShouldBeTrue();
            reader.Header.Incarnation.ShouldBe(5UL);
            entries += reader.Count;
        }

        entries.ShouldBe(200);
    }

    [Fact]
    public void Any_octets_open_or_not_and_no_entry_is_outside()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            byte[] message = HostileMessages.Any(new Random(seed));
            if (MessageReader.TryOpen(message, out MessageReader reader))
            {
                _ = reader.Fixed.Length;
                for (int i = 0; i < reader.Count; i++)
                {
                    _ = reader.Entry(i)[^1];
                }
            }
        }));
    }

    private delegate void Writer<T>(T part, Span<byte> target);

    private delegate T Reader<T>(ReadOnlySpan<byte> source);

    private static void Same<T>(T part, int size, Writer<T> write, Reader<T> read)
    {
        byte[] room = new byte[size];
        write(part, room);
        read(room).ShouldBe(part);
    }

    private static TakeEntry ReadTake(ReadOnlySpan<byte> source)
    {
        TakeEntry.TryRead(source, out TakeEntry entry).ShouldBeTrue();
        return entry;
    }

    private static byte[] Message(MessageKind kind, int count, int length)
    {
        byte[] message = new byte[length];
        byte[] head = new byte[MessageHeader.Size];
        new MessageHeader(kind, (byte)count, MessageFlags.None, 1, 1).Write(head);
        head.AsSpan(0, Math.Min(length, head.Length)).CopyTo(message);
        return message;
    }
}
