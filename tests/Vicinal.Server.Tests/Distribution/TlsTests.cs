extern alias AgentSide;

using System.Net;
using System.Security.Cryptography.X509Certificates;
using AgentSide::Vicinal.Agent;
using Microsoft.Extensions.Logging;
using Vicinal.Protocol.Security;

namespace Vicinal.Server.Tests.Distribution;

public sealed class TlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new();

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task An_agent_and_a_server_of_one_authority_trust_each_other()
    {
        await using TestServer server = await StartAsync(_authority.Files("server"));
        await using TestAgent agent = new("c1", [server.Address], _authority.Files("c1"));
        await agent.ConnectedAsync();
        await server.AppliedAsync();
    }

    [Fact]
    public async Task An_agent_with_a_certificate_of_another_authority_is_refused() =>
        await RefusedAsync(_authority.Files("server"), _stranger.Files("c1", trusting: _authority));

    [Fact]
    public async Task A_server_with_a_certificate_of_another_authority_is_refused() =>
        await RefusedAsync(_stranger.Files("server", trusting: _authority), _authority.Files("c1"));

    [Fact]
    public async Task A_server_whose_certificate_has_another_name_is_refused() =>
        await RefusedAsync(_authority.Files("server", address: IPAddress.Parse("192.0.2.99")), _authority.Files("c1"));

    [Fact]
    public async Task A_certificate_that_has_expired_is_refused_on_either_side()
    {
        await RefusedAsync(_authority.Files("server"), _authority.Files("c1", expired: true));
        await RefusedAsync(_authority.Files("server", expired: true), _authority.Files("c1"));
    }

    [Fact]
    public async Task A_node_cannot_pose_as_the_server_nor_the_server_as_a_node()
    {
        await RefusedAsync(_authority.Files("server"), _authority.Files("c1", client: false));
        await Should.ThrowAsync<InvalidOperationException>(StartAsync(_authority.Files("server", server: false)));
    }

    [Fact]
    public async Task A_certificate_speaks_for_the_hosts_that_it_names_and_no_others()
    {
        await RefusedAsync(_authority.Files("server"), _authority.Files("c2"));
        await using TestServer server = await StartAsync(_authority.Files("server"));
        await using TestAgent agent = new("c1", [server.Address], _authority.Files("c1.cloud.example"));
        await agent.ConnectedAsync();
    }

    [Fact]
    public async Task An_agent_without_a_certificate_is_refused()
    {
        await using TestServer server = await StartAsync(_authority.Files("server"));
        using SocketsHttpHandler handler = new();
        using TlsIdentity identity = TestAuthority.Load(_authority.Files("c1"));
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            identity.IsTrustedServer(certificate as X509Certificate2, chain, errors);
        using HttpClient client = new(handler);
        await Should.ThrowAsync<HttpRequestException>(client.PostAsync($"https://{server.Address}/vicinal/v1/agent", null));
    }

    [Fact]
    public async Task An_agent_that_speaks_plain_text_is_refused() => await RefusedAsync(_authority.Files("server"), null);

    [Fact]
    public void Files_that_cannot_be_used_are_named()
    {
        TlsFiles files = _authority.Files("a");
        TlsFiles other = _authority.Files("b");
        Should.Throw<TlsFileException>(() => TlsIdentity.Load("/nowhere.pem", files.Key, files.Authority)).Message.ShouldContain("/nowhere.pem");
        Should.Throw<TlsFileException>(() => TlsIdentity.Load(files.Certificate, other.Key, files.Authority)).Message.ShouldContain(other.Key);
        Should.Throw<TlsFileException>(() => TlsIdentity.Load(files.Certificate, files.Key, files.Key)).Message.ShouldContain("holds no certificate");
    }

    private static Task<TestServer> StartAsync(TlsFiles files) => TestServer.StartAsync(TestAuthority.Load(files));

    private static async Task RefusedAsync(TlsFiles serverFiles, TlsFiles? agentFiles)
    {
        await using TestServer server = await StartAsync(serverFiles);
        await using TestAgent agent = new("c1", [server.Address], agentFiles);
        await Eventually.AsyncTrue(() => agent.Log.Of(LogLevel.Warning).Count(line => line.StartsWith("No stream", StringComparison.Ordinal)) > 1, () => "the agent was not refused");
        agent.Link.ConnectedTo.ShouldBeNull();
        agent.Batches.ShouldBeEmpty();
        server.Topology.Agents.ShouldBeEmpty();
    }
}
