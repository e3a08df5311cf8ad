using FsCheck;
using FsCheck.Fluent;
using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;

namespace Vicinal.Services.Tests;

public sealed class HostileInputTests
{
    private static readonly RouterAdvertisement Advertisement = new() { SourceLinkLayer = Owner, Mtu = 1442 };

    [Fact]
    public void Damaged_questions_never_throw_and_answers_are_always_well_formed()
    {
        byte[][] questions = [.. Questions()];
        PacketBuffer answer = new();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            Random random = new(seed);
            byte[] frame = [.. questions[random.Next(questions.Length)]];
            for (int i = random.Next(0, 4); i > 0; i--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            if (PacketHeaders.Parse(frame, out PacketHeaders h) != ParseResult.Ok)
            {
                return;
            }

            // A right checksum lets the damage in the body reach the responders.
            Checksum.WriteTransport(frame, in h);
            Sound(ArpResponder.TryAnswer(in h, Owner, answer), answer);
            Sound(NeighborDiscoveryResponder.TryAnswer(in h, frame, Owner6, Owner, true, answer), answer);
            Sound(RouterAdvertiser.TryAnswer(in h, frame, in Advertisement, Owner, IpAddress.LinkLocalFor(Owner), answer), answer);
            Sound(RouterEcho.TryAnswer(in h, frame, Owner, answer), answer);
            _ = NeighborEvidence.TryRead(in h, frame, out _);
        }));
    }

    [Fact]
    public void Answering_allocates_nothing()
    {
        byte[][] questions = [.. Questions()];
        PacketBuffer answer = new();
        AnswerAll(questions, answer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            AnswerAll(questions, answer);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void AnswerAll(byte[][] questions, PacketBuffer answer)
    {
        foreach (byte[] frame in questions)
        {
            _ = PacketHeaders.Parse(frame, out PacketHeaders h);
            _ = ArpResponder.TryAnswer(in h, Owner, answer);
            _ = NeighborDiscoveryResponder.TryAnswer(in h, frame, Owner6, Owner, true, answer);
            _ = RouterAdvertiser.TryAnswer(in h, frame, in Advertisement, Owner, IpAddress.LinkLocalFor(Owner), answer);
            _ = RouterEcho.TryAnswer(in h, frame, Owner, answer);
            _ = NeighborEvidence.TryRead(in h, frame, out _);
        }
    }

    private static void Sound(bool answered, PacketBuffer answer)
    {
        if (answered)
        {
            _ = Parsed(answer.Span);
        }
    }

    private static IEnumerable<byte[]> Questions()
    {
        yield return PacketBuilder.ArpRequest(Asker, Asker4, Owner4);
        yield return Solicitation(Asker6, Owner6).Span.ToArray();
        yield return Solicitation(IpAddress.Ipv6Any, Owner6).Span.ToArray();
        yield return PacketBuilder.EchoRequest(new FrameEnds(Asker, Owner, Asker4, Owner4), 1, 1, [1, 2, 3]);
        yield return PacketBuilder.EchoRequest(new FrameEnds(Asker, Owner, Asker6, Owner6), 1, 1, [1, 2, 3]);
    }
}
