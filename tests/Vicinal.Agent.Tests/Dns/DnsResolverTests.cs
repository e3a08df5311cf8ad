using System.Net;
using System.Net.Sockets;
using Vicinal.Agent.Dns;
using Vicinal.Packets;

namespace Vicinal.Agent.Tests.Dns;

/// <summary>The resolver against name servers that answer, lie or keep silent.</summary>
public sealed class DnsResolverTests : IDisposable
{
    private static readonly byte[] s_question = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'a', 0, 0, 1, 0, 1];
    private static readonly IPEndPoint s_asker = new(IPAddress.Loopback, 9);

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Guid _port = Guid.NewGuid();

    public DnsResolverTests() => _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    private IPEndPoint ServerAddress => (IPEndPoint)_server.LocalEndPoint!;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Only_an_answer_to_the_very_question_is_taken_and_carries_the_askers_id()
    {
        Task<byte[]?> answer = Resolver([ServerAddress]).AnswerAsync(s_asker, s_question, byTcp: false, TestContext.Current.CancellationToken);
        (byte[] asked, EndPoint from) = await ReceiveAsync();
        asked[2..].ShouldBe(s_question[2..]);
        await SendAsync(from, [.. asked], m => m[1] ^= 1);
        await SendAsync(from, [.. asked], m => m[13] = (byte)'b');
        await SendAsync(from, [.. asked], m => m[13] = (byte)'A');
        await SendAsync(from, [.. asked], m => m[2] = 1);
        await SendAsync(from, asked[..11], _ => { });
        await SendAsync(from, [.. asked, 9, 9], _ => { });
        byte[] taken = (await answer).ShouldNotBeNull();
        taken.Length.ShouldBe(s_question.Length + 2);
        taken[..2].ShouldBe(s_question[..2]);
    }

    [Fact]
    public async Task A_server_that_is_silent_is_passed_over_for_the_next()
    {
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Task<byte[]?> answer = Resolver([(IPEndPoint)silent.LocalEndPoint!, ServerAddress]).AnswerAsync(s_asker, s_question, byTcp: false, TestContext.Current.CancellationToken);
        (byte[] asked, EndPoint from) = await ReceiveAsync();
        await SendAsync(from, asked, _ => { });
        (await answer).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_port_has_so_many_questions_under_way_and_other_ports_theirs()
    {
        Guid asking = _port;
        DnsResolver resolver = new((_, _, _, _) => Task.FromResult<DnsAsker?>(new DnsAsker(asking, null)), new DnsForwarder([ServerAddress]));
        List<Task<byte[]?>> waiting = [.. Enumerable.Range(0, 32).Select(_ => resolver.AnswerAsync(s_asker, s_question, byTcp: false, TestContext.Current.CancellationToken))];
        byte[] refused = (await resolver.AnswerAsync(s_asker, s_question, byTcp: false, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        (refused[3] & 0xF).ShouldBe(DnsMessage.CodeRefused);
        asking = Guid.NewGuid();
        Task<byte[]?> other = resolver.AnswerAsync(s_asker, s_question, byTcp: false, TestContext.Current.CancellationToken);
        for (int i = 0; i < 33; i++)
        {
            (byte[] asked, EndPoint from) = await ReceiveAsync();
            await SendAsync(from, asked, _ => { });
        }

        (await other).ShouldNotBeNull();
        (await Task.WhenAll(waiting)).ShouldAllBe(answer => answer != null && (answer[3] & 0xF) == 0);
    }

    [Fact]
    public async Task What_is_no_question_or_comes_from_nobody_is_not_answered()
    {
        byte[] response = [.. s_question];
        response[2] |= 0x80;
        (await Resolver([ServerAddress]).AnswerAsync(s_asker, response, byTcp: false, TestContext.Current.CancellationToken)).ShouldBeNull();
        (await Resolver([ServerAddress]).AnswerAsync(s_asker, new byte[5], byTcp: false, TestContext.Current.CancellationToken)).ShouldBeNull();
        DnsResolver nobody = new((_, _, _, _) => Task.FromResult<DnsAsker?>(null), new DnsForwarder([ServerAddress]));
        (await nobody.AnswerAsync(s_asker, s_question, byTcp: false, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task Without_servers_the_asker_hears_of_the_failure()
    {
        byte[] answer = (await Resolver([]).AnswerAsync(s_asker, s_question, byTcp: false, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        (answer[3] & 0xF).ShouldBe(DnsMessage.CodeServerFailure);
    }

    [Fact]
    public void The_hosts_servers_are_read_as_its_own_resolver_reads_them() =>
        HostResolvers.Parse(["# comment", "search example.org", "nameserver 192.0.2.1", "nameserver\t2001:db8::1 # two", "nameserver nonsense", "nameserver"])
            .Select(server => server.ToString()).ShouldBe(["192.0.2.1:53", "[2001:db8::1]:53"]);

    private DnsResolver Resolver(IReadOnlyList<IPEndPoint> servers) =>
        new((_, _, _, _) => Task.FromResult<DnsAsker?>(new DnsAsker(_port, null)), new DnsForwarder(servers));

    private async Task<(byte[] Message, EndPoint From)> ReceiveAsync()
    {
        byte[] buffer = new byte[2048];
        SocketReceiveFromResult received = await _server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), TestContext.Current.CancellationToken);
        return (buffer[..received.ReceivedBytes], received.RemoteEndPoint);
    }

    private async Task SendAsync(EndPoint to, byte[] message, Action<byte[]> change)
    {
        message[2] |= 0x80;
        change(message);
        await _server.SendToAsync(message, to, TestContext.Current.CancellationToken);
    }
}
