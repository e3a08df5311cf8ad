using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;

namespace Vicinal.Services.Tests;

public sealed class NeighborEvidenceTests
{
    private readonly PacketBuffer _packet = new();

    [Fact]
    public void A_reply_proves_and_a_request_tells()
    {
        ArpFrame.WriteRequest(_packet, Asker, Asker4, Owner4);
        Read().ShouldBe(new NeighborEvidence(Asker4, Asker, false, true));
        ArpResponder.TryAnswer(Parsed(_packet.Span), Owner, _packet).ShouldBeTrue();
        Read().ShouldBe(new NeighborEvidence(Owner4, Owner, true, true));
    }

    [Fact]
    public void Announcements_tell_and_prove_nothing()
    {
        ArpFrame.WriteAnnouncement(_packet, Owner, Owner4, asReply: true);
        Read().ShouldBe(new NeighborEvidence(Owner4, Owner, false, true));
        NeighborFrame.WriteAnnouncement(_packet, Owner, Owner6, false);
        Read().ShouldBe(new NeighborEvidence(Owner6, Owner, false, true));
    }

    [Fact]
    public void An_advertisement_proves_and_a_solicitation_tells()
    {
        PacketBuffer question = Solicitation(Asker6, Owner6);
        NeighborEvidence.TryRead(Parsed(question.Span), question.Span, out NeighborEvidence told).ShouldBeTrue();
        told.ShouldBe(new NeighborEvidence(Asker6, Asker, false, true));
        NeighborDiscoveryResponder.TryAnswer(Parsed(question.Span), question.Span, Owner6, Owner, true, _packet).ShouldBeTrue();
        Read().ShouldBe(new NeighborEvidence(Owner6, Owner, true, true));
    }

    [Fact]
    public void Probes_say_nothing()
    {
        ArpFrame.WriteProbe(_packet, Asker, Owner4);
        NeighborEvidence.TryRead(Parsed(_packet.Span), _packet.Span, out _).ShouldBeFalse();
        NeighborFrame.WriteProbe(_packet, Asker, Owner6);
        NeighborEvidence.TryRead(Parsed(_packet.Span), _packet.Span, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_damaged_advertisement_says_nothing()
    {
        NeighborFrame.WriteAnnouncement(_packet, Owner, Owner6, false);
        PacketHeaders h = Parsed(_packet.Span);
        _packet.Span[^1] ^= 1;
        NeighborEvidence.TryRead(in h, _packet.Span, out _).ShouldBeFalse();
    }

    private NeighborEvidence Read()
    {
        NeighborEvidence.TryRead(Parsed(_packet.Span), _packet.Span, out NeighborEvidence evidence).ShouldBeTrue();
        return evidence;
    }
}
