using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Vicinal.Packets;
using Vicinal.Protocol;
using Vicinal.Protocol.Framing;
using Vicinal.Protocol.Rows;
using Vicinal.Server.Distribution;
using Wire = Vicinal.Protocol.Wire;

namespace Vicinal.Server.Tests.Distribution;

/// <summary>What comes to the agents' address and is no agent.</summary>
public sealed class AgentListenerTests
{
    [Fact]
    public async Task Another_path_and_another_method_are_not_there()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpClient client = Client();
        (await SendAsync(client, HttpMethod.Get, $"http://{server.Address}{ProtocolVersion.Path}", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await SendAsync(client, HttpMethod.Post, $"http://{server.Address}/v2.0/networks", [])).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_hello_of_another_version_is_refused_with_a_reason() => (await RefusalAsync(Hello(h => h.Version = 99))).ShouldContain("version 99");

    [Fact]
    public async Task A_hello_without_a_host_is_refused_with_a_reason() => (await RefusalAsync(Hello(h => h.Host = ""))).ShouldContain("which host");

    [Fact]
    public async Task A_hello_with_an_unknown_mode_is_refused_with_a_reason() => (await RefusalAsync(Hello(h => h.Mode = "turbo"))).ShouldContain("turbo");

    [Fact]
    public async Task A_hello_with_a_damaged_address_or_id_is_refused_with_a_reason()
    {
        (await RefusalAsync(Hello(h => h.TunnelAddress = Google.Protobuf.ByteString.CopyFrom(1, 2)))).ShouldContain("an address of 2 octets");
        (await RefusalAsync(Hello(h => h.AgentId = Google.Protobuf.ByteString.Empty))).ShouldContain("an identifier of 0 octets");
        (await RefusalAsync(Hello(h => h.Held.Add(new Wire.HeldUnit())))).ShouldContain("without its unit");
    }

    [Fact]
    public async Task A_hello_from_an_overlay_of_another_ip_version_is_refused_with_a_reason() =>
        (await RefusalAsync(Hello(h => h.TunnelAddress = WireValues.Of(IpAddress.Parse("2001:db8::1"))))).ShouldContain("overlay: 4, tunnel IP of host 'c1': 2001:db8::1");

    [Fact]
    public async Task Another_message_before_the_hello_is_refused() =>
        (await RefusalAsync(FrameWriter.Frame(new Wire.AgentMessage { Applied = new Wire.Applied { Revision = 1 } }).ToArray())).ShouldContain("not a hello");

    [Fact]
    public async Task Bytes_that_are_no_message_are_refused()
    {
        (await RefusalAsync([0, 0, 0, 3, 0xFF, 0xFF, 0xFF])).ShouldContain("not a message");
        (await RefusalAsync([0xFF, 0xFF, 0xFF, 0xFF])).ShouldContain("the limit is");
        (await RefusalAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n"))).ShouldContain("the limit is");
    }

    [Fact]
    public async Task Plain_text_beyond_loopback_is_warned_about()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Log.Of(LogLevel.Warning).ShouldBeEmpty();
        await using AgentListener open = await AgentListener.StartAsync(
            new AgentListenerOptions(new IPEndPoint(IPAddress.Any, 0)), server.Writer, server.Distributor, server.Liveness, server.Log);
        server.Log.Of(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("PLAIN TEXT");
    }

    private static byte[] Hello(Action<Wire.Hello> change)
    {
        Wire.Hello hello = new()
        {
            Version = ProtocolVersion.Current,
            Host = "c1",
            AgentId = WireValues.Of(Guid.NewGuid()),
            TunnelAddress = WireValues.Of(Packets.IpAddress.Ipv4Any),
            Mode = "dvr",
        };
        change(hello);
        return FrameWriter.Frame(new Wire.AgentMessage { Hello = hello }).ToArray();
    }

    private static HttpClient Client() => new() { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string address, byte[]? body)
    {
        HttpRequestMessage request = new(method, address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Content = body is null ? null : new ByteArrayContent(body);
        return client.SendAsync(request);
    }

    /// <summary>What the server answers to these bytes; it stays up for the next.</summary>
    private static async Task<string> RefusalAsync(byte[] bytes)
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpClient client = Client();
        using HttpResponseMessage response = await SendAsync(client, HttpMethod.Post, $"http://{server.Address}{ProtocolVersion.Path}", bytes);
        List<Wire.ServerMessage> messages = [];
        new FrameReader().Push(await response.Content.ReadAsByteArrayAsync(), frame => messages.Add(Wire.ServerMessage.Parser.ParseFrom(frame)));
        server.Topology.Agents.ShouldBeEmpty();
        await using TestAgent agent = TestAgent.To(server, "c1");
        await agent.ConnectedAsync();
        return messages.ShouldHaveSingleItem().Refused.Reason;
    }
}
