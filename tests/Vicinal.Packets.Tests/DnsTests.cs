using System.Text;

namespace Vicinal.Packets.Tests;

/// <summary>Questions as instances may send them, sound and not.</summary>
public sealed class DnsTests
{
    private static readonly byte[] s_question = Question("vm.Example.org", DnsMessage.TypeA, edns: true);

    [Fact]
    public void A_question_is_read_with_what_its_asker_can_take()
    {
        DnsQuery.TryRead(s_question, out DnsQuery query).ShouldBeTrue();
        (query.Id, query.Name, query.Type, query.Class, query.HasEdns, query.EdnsSize, query.IsResponse, query.IsStandard)
            .ShouldBe(((ushort)0x1234, "vm.example.org", DnsMessage.TypeA, DnsMessage.ClassIn, true, (ushort)4096, false, true));
        query.UdpLimit.ShouldBe(DnsMessage.LargestUdpSize);
        DnsQuery.TryRead(Question("vm.example.org", DnsMessage.TypeA, edns: false), out DnsQuery plain).ShouldBeTrue();
        plain.UdpLimit.ShouldBe(DnsMessage.SmallestUdpSize);
    }

    [Fact]
    public void A_cut_question_is_refused_at_every_length()
    {
        for (int length = 0; length < s_question.Length; length++)
        {
            DnsQuery.TryRead(s_question.AsSpan(0, length), out _).ShouldBeFalse($"at {length}");
        }
    }

    [Fact]
    public void Any_octet_may_be_anything_without_harm()
    {
        Span<byte> target = stackalloc byte[DnsMessage.LargestUdpSize];
        for (int at = 0; at < s_question.Length; at++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] broken = [.. s_question];
                broken[at] = (byte)value;
                if (DnsQuery.TryRead(broken, out DnsQuery query))
                {
                    DnsResponse response = new(in query, broken, target);
                    response.AddAddress(IpAddress.Parse("10.0.0.1"), 30);
                    response.End(0, authoritative: true);
                    DnsQuery.TryRead(target[..response.Length], out DnsQuery echo).ShouldBeTrue();
                    (echo.IsResponse, echo.Id, echo.Name).ShouldBe((true, query.Id, query.Name));
                }
            }
        }
    }

    [Fact]
    public void Compression_in_circles_leads_nowhere()
    {
        byte[] circle = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1];
        DnsQuery.TryRead(circle, out _).ShouldBeFalse("the question's name is a pointer to itself");
        byte[] behind = Question("a", DnsMessage.TypeA, edns: false);
        behind[11] = 16;
        byte[] records = [.. Enumerable.Repeat((byte[])[0xC0, (byte)behind.Length, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0], 16).SelectMany(r => r)];
        DnsQuery.TryRead([.. behind, .. records], out DnsQuery query).ShouldBeTrue("pointers are gone over");
        query.Name.ShouldBe("a");
    }

    [Fact]
    public void A_label_that_would_look_like_two_as_text_is_no_name()
    {
        byte[] message = Question("vm.example", DnsMessage.TypeA, edns: false);
        message[14] = (byte)'.';
        DnsQuery.TryRead(message, out _).ShouldBeFalse();
    }

    [Fact]
    public void What_does_not_fit_is_left_out_and_said_so()
    {
        DnsQuery.TryRead(Question("vm.example.org", DnsMessage.TypeA, edns: false), out DnsQuery query).ShouldBeTrue();
        byte[] target = new byte[query.UdpLimit];
        DnsResponse response = new(in query, Question("vm.example.org", DnsMessage.TypeA, edns: false), target);
        for (uint i = 0; i < 100; i++)
        {
            response.AddAddress(IpAddress.FromIpv4(i), 30);
        }

        response.End(0, authoritative: true);
        response.Length.ShouldBeLessThanOrEqualTo(DnsMessage.SmallestUdpSize);
        (target[2] & 2).ShouldBe(2);
    }

    [Theory]
    [InlineData("5.0.0.10.in-addr.arpa", "10.0.0.5")]
    [InlineData("5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.5.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8:53::5")]
    [InlineData("05.0.0.10.in-addr.arpa", null)]
    [InlineData("0.0.10.in-addr.arpa", null)]
    [InlineData("5.0.0.10.in-addr.arpa.org", null)]
    [InlineData("50.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.5.0.0.8.b.d.0.1.0.0.2.ip6.arpa", null)]
    [InlineData("g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.5.0.0.8.b.d.0.1.0.0.2.ip6.arpa", null)]
    [InlineData("ip6.arpa", null)]
    public void Reverse_names_are_read_when_they_are_whole(string name, string? address)
    {
        DnsName.TryReadReverse(name, out IpAddress read).ShouldBe(address is not null);
        if (address is not null)
        {
            read.ShouldBe(IpAddress.Parse(address));
        }
    }

    private static byte[] Question(string name, ushort type, bool edns) =>
    [
        0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, (byte)(edns ? 1 : 0),
        .. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0,
        (byte)(type >> 8), (byte)type, 0, 1,
        .. edns ? (byte[])[0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0] : [],
    ];
}
