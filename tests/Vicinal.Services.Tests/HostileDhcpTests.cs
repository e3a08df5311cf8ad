using FsCheck;
using FsCheck.Fluent;
using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;
using static Vicinal.Services.Tests.DhcpMessages;

namespace Vicinal.Services.Tests;

/// <summary>Whatever a guest sends: no exception, no answer that is not well formed, and nothing in one that was behind the end of the question.</summary>
public sealed class HostileDhcpTests
{
    private const byte Secret = 0xA7;

    [Fact]
    public void Damaged_cut_and_random_messages_never_throw_and_echo_nothing_beyond_the_packet()
    {
        byte[][] questions = [.. Questions()];
        PacketBuffer answer = new();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            Random random = new(seed);
            byte[] question = Damaged(questions, random);

            // What lies behind the packet in its buffer belongs to others.
            byte[] memory = [.. question, .. Enumerable.Repeat(Secret, 600)];
            answer.Bytes.AsSpan().Fill(Secret);
            if (PacketHeaders.Parse(memory.AsSpan(0, question.Length), out PacketHeaders h) != ParseResult.Ok)
            {
                return;
            }

            Checksum.WriteTransport(memory, in h);
            ReadOnlySpan<byte> frame = memory.AsSpan(0, question.Length);
            if (DhcpResponder.IsRequest(in h) && DhcpResponder.TryRead(in h, frame, out DhcpRequest request))
            {
                Sound(DhcpResponder.Answer(in request, Lease, answer), question, answer);
            }

            if (Dhcpv6Responder.IsRequest(in h) && Dhcpv6Responder.TryRead(in h, frame, out Dhcpv6Request request6))
            {
                Sound(Dhcpv6Responder.Answer(in h, in request6, Lease6, answer), question, answer);
            }
        }));
    }

    [Fact]
    public void Answering_allocates_nothing()
    {
        byte[][] questions = [.. Questions()];
        PacketBuffer answer = new();
        DhcpLease lease = Lease;
        Dhcpv6Lease lease6 = Lease6;
        AnswerAll(questions, in lease, in lease6, answer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            AnswerAll(questions, in lease, in lease6, answer);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void AnswerAll(byte[][] questions, in DhcpLease lease, in Dhcpv6Lease lease6, PacketBuffer answer)
    {
        foreach (byte[] question in questions)
        {
            _ = Ask(question, in lease, answer);
            _ = Ask6(question, in lease6, answer);
        }
    }

    private static byte[] Damaged(byte[][] questions, Random random)
    {
        byte[] question = questions[random.Next(questions.Length)];
        PacketHeaders h = Parsed(question);
        byte[] payload = question[h.PayloadOffset..h.End];
        int kept = random.Next(4) == 0 ? random.Next(payload.Length + 1) : payload.Length;
        payload = payload[..kept];
        for (int i = random.Next(0, 6); i > 0 && payload.Length > 0; i--)
        {
            payload[random.Next(payload.Length)] = random.Next(3) == 0 ? (byte)255 : (byte)random.Next(256);
        }

        if (random.Next(8) == 0)
        {
            random.NextBytes(payload.AsSpan(Math.Min(payload.Length, h.IsIpv4 ? 240 : 1)));
        }

        payload.AsSpan().Replace(Secret, (byte)0);
        return PacketBuilder.Udp(new FrameEnds(h.SourceMac, h.DestinationMac, h.Source, h.Destination), h.SourcePort, h.DestinationPort, payload);
    }

    private static void Sound(DhcpOutcome outcome, byte[] question, PacketBuffer answer)
    {
        if (outcome != DhcpOutcome.Answered)
        {
            return;
        }

        PacketHeaders h = Parsed(answer.Span);
        h.L3Length.ShouldBeLessThanOrEqualTo(1442);
        answer.Span[h.PayloadOffset..h.End].IndexOf([Secret, Secret, Secret, Secret]).ShouldBe(-1, $"of {question.Length} octets");
        if (h.IsIpv4)
        {
            _ = Options(answer);
        }
        else
        {
            _ = Answer6(answer);
        }
    }

    private static IEnumerable<byte[]> Questions()
    {
        byte[] client = [0, 3, 0, 1, 0xfa, 0x16, 0x3e, 0, 0, 10];
        yield return Request(DhcpMessageType.Discover, options: [(55, [1, 3, 6, 12, 15, 26, 28, 121, 249]), (57, [5, 220]), (61, [1, 2, 3])]);
        yield return Request(DhcpMessageType.Request, options: [(50, Asker4.Bytes()), (54, Gateway.Bytes()), (55, [3, 1])]);
        yield return Request(DhcpMessageType.Inform, Asker4);
        yield return Request6(Dhcpv6MessageType.Solicit, (1, client), (3, Association(Asker6)), (25, new byte[12]), (6, [0, 23, 0, 24]));
        yield return Request6(Dhcpv6MessageType.Rebind, (1, client), (3, Association(Asker6, Owner6)), (4, [0, 0, 0, 1]));
        yield return Request6(Dhcpv6MessageType.InformationRequest, (6, [0, 23]));
    }
}
