using System.Diagnostics;
using Vicinal.Ebpf.Layout;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Ebpf.Tests;

/// <summary>While the agent is away the programs say about neighbours what it said: the same bytes as its responders write.</summary>
[Collection(KernelCollection.Name)]
public sealed class AnswerTests : IDisposable
{
    private const int TC_ACT_REDIRECT = 7;
    private const byte LocalPort = 1;
    private const uint Slot = 77;

    private static readonly MacAddress s_asker = new(0xFA_16_3E_00_00_05);
    private static readonly MacAddress s_router = new(0xFA_16_3E_F0_01_01);

    private readonly VethPair _pair = new();
    private readonly FastPath _path;

    public AnswerTests() => _path = _pair.Near.Run(() => FastPath.Open(new FastPathSettings
    {
        TunnelAddress = IpAddress.Parse("192.0.2.1"),
        TunnelInterface = _pair.LinkIndex,
        Flows = 1 << 10,
        Connections = 1 << 8,
    }));

    public static TheoryData<string, string, bool> Questions => new()
    {
        { "10.0.1.5", "10.0.1.1", false },
        { "10.0.1.5", "10.0.1.1", true },
        { "2001:db8:1::5", "2001:db8:1::1", false },
        { "2001:db8:1::5", "2001:db8:1::1", true },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public void A_question_is_answered_as_the_agent_answers_it(string source, string target, bool unicast)
    {
        PacketBuffer question = Question(source, target, unicast);
        Learn(target);
        (uint verdict, byte[] said) = Ask(question);
        verdict.ShouldBe((uint)TC_ACT_REDIRECT);
        said.ShouldBe(AgentsAnswer(question, target));
        _path.ReadCounters().Answered.ShouldBe(1);
    }

    [Fact]
    public void An_agent_that_is_here_answers_itself()
    {
        Learn("10.0.1.1");
        _path.Beat(Now);
        _ = Ask(Question("10.0.1.5", "10.0.1.1", false));
        _path.ReadCounters().Answered.ShouldBe(0);
        _path.ReadCounters().UpcallsUnusual.ShouldBe(1);
    }

    [Fact]
    public void What_an_answer_rested_on_has_changed()
    {
        Learn("10.0.1.1");
        _path.SetGeneration(Slot, 6);
        _ = Ask(Question("10.0.1.5", "10.0.1.1", false));
        _path.ReadCounters().Answered.ShouldBe(0);
    }

    [Theory]
    [InlineData("10.0.1.5", "10.0.1.9")]
    [InlineData("2001:db8:1::5", "2001:db8:1::9")]
    [InlineData("::", "2001:db8:1::1")]
    public void Nobody_speaks_for_an_unknown_address_or_to_who_looks_for_duplicates(string source, string target)
    {
        Learn("10.0.1.1");
        Learn("2001:db8:1::1");
        _ = Ask(Question(source, target, false));
        _path.ReadCounters().Answered.ShouldBe(0);
    }

    [Fact]
    public void A_successor_takes_out_what_was_learned_before()
    {
        Learn("10.0.1.1");
        FormerAnswer taken = _path.TakeAnswers().ShouldHaveSingleItem();
        taken.ShouldBe(new FormerAnswer(LocalPort, (uint)_pair.LinkIndex, 0, IpAddress.Parse("10.0.1.1")));
        _ = Ask(Question("10.0.1.5", "10.0.1.1", false));
        _path.ReadCounters().Answered.ShouldBe(0);
    }

    [Theory]
    [InlineData(LeaseKind.Short)]
    [InlineData(LeaseKind.Long)]
    public void What_was_said_under_a_lease_is_said_no_longer_than_that(LeaseKind lease)
    {
        Learn("10.0.1.1", lease);
        _path.SetLease(lease, Now + 60_000_000_000);
        _ = Ask(Question("10.0.1.5", "10.0.1.1", false));
        _path.ReadCounters().Answered.ShouldBe(1);

        _path.SetLease(lease, Now - 1);
        _path.SetLease(lease == LeaseKind.Short ? LeaseKind.Long : LeaseKind.Short, Now + 60_000_000_000);
        _ = Ask(Question("10.0.1.5", "10.0.1.1", false));
        _path.ReadCounters().Answered.ShouldBe(1);
    }

    public void Dispose()
    {
        _path.Dispose();
        _pair.Dispose();
    }

    private static ulong Now => (ulong)(Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency));

    private void Learn(string target, LeaseKind lease = default)
    {
        _path.SetGeneration(Slot, 5);
        _path.PutAnswer(LocalPort, (uint)_pair.LinkIndex, 0, IpAddress.Parse(target), s_router, true, lease, [new KernelStamp { Slot = Slot, Value = 5 }]);
    }

    private static PacketBuffer Question(string source, string target, bool unicast)
    {
        PacketBuffer frame = new();
        IpAddress wanted = IpAddress.Parse(target);
        if (wanted.IsIpv4)
        {
            ArpFrame.WriteRequest(frame, s_asker, IpAddress.Parse(source), wanted, unicast ? s_router : null);
        }
        else
        {
            NeighborFrame.WriteSolicitation(frame, s_asker, IpAddress.Parse(source), wanted, unicast ? s_router : null);
        }

        return frame;
    }

    private static byte[] AgentsAnswer(PacketBuffer question, string target)
    {
        PacketBuffer answer = new();
        PacketHeaders.Parse(question.Span, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        IpAddress wanted = IpAddress.Parse(target);
        bool answered = wanted.IsIpv4
            ? ArpResponder.TryAnswer(in h, s_router, answer)
            : NeighborDiscoveryResponder.TryAnswer(in h, question.Span, wanted, s_router, true, answer);
        answered.ShouldBeTrue();
        return answer.Span.ToArray();
    }

    private (uint Verdict, byte[] Frame) Ask(PacketBuffer question) => _pair.Near.Run(() =>
    {
        byte[] output = new byte[2048];
        SkbContext context = new() { IfIndex = (uint)_pair.LinkIndex };
        BpfRunResult result = _path.Program("port").Run(question.Span, output, ref context);
        return (result.ReturnValue, output[..result.OutputLength]);
    });
}
