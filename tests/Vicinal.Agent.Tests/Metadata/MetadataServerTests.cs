using System.Net;
using System.Net.Sockets;
using Vicinal.Agent.Metadata;
using Vicinal.Datapath;
using Vicinal.Packets;

namespace Vicinal.Agent.Tests.Metadata;

/// <summary>The server over loopback, where the test says who is behind a connection.</summary>
public sealed class MetadataServerTests : IAsyncLifetime
{
    private const string Instance = "5b0a7f0e-6d5c-4f5e-9a6e-3f0e6f1d2c3b";

    private static readonly ServicePeer s_first = new(Guid.NewGuid(), Guid.NewGuid(), IpAddress.Parse("10.0.0.5"));
    private static readonly ServicePeer s_second = new(Guid.NewGuid(), Guid.NewGuid(), IpAddress.Parse("10.0.0.5"));

    private readonly string _directory = Directory.CreateTempSubdirectory("vicinal-metadata").FullName;
    private ServicePeer? _peer = s_first;
    private IPEndPoint _server = null!;
    private MetadataServer _metadata = null!;

    public async ValueTask InitializeAsync()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _server = (IPEndPoint)socket.LocalEndPoint!;
        _metadata = await MetadataServer.StartAsync(
            () => socket, _ => Task.FromResult(_peer),
            peer => Task.FromResult<Requester?>(new Requester(peer.PortId, peer.Address, Instance, "p1", "vm1.example.org")), new BuiltInMetadata(new InstanceFiles(_directory)));
    }

    public async ValueTask DisposeAsync()
    {
        await _metadata.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_port_that_holds_all_its_connections_leaves_another_ports_alone()
    {
        List<Socket> held = [];
        while (await StaysAsync(held))
        {
            held.Count.ShouldBeLessThan(100);
        }

        held.Count.ShouldBe(17, "sixteen are held, and one more was cut off");
        _peer = s_second;
        (await GetAsync("/latest/meta-data/instance-id")).ShouldBe((200, Instance));
        held.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Who_is_behind_no_port_is_not_answered()
    {
        _peer = null;
        await Should.ThrowAsync<HttpRequestException>(() => GetAsync("/"));
    }

    [Fact]
    public async Task Keys_and_user_data_are_the_instances_own_before_those_for_all()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "user_data"), "for all", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_directory, "authorized_keys"), "# a comment\nssh-rsa AAAA me@here\n\nssh-rsa BBBB\n", TestContext.Current.CancellationToken);
        (await GetAsync("/latest/user-data")).ShouldBe((200, "for all"));
        Directory.CreateDirectory(Path.Combine(_directory, Instance));
        await File.WriteAllTextAsync(Path.Combine(_directory, Instance, "user_data"), "own", TestContext.Current.CancellationToken);
        (await GetAsync("/openstack/latest/user_data")).ShouldBe((200, "own"));
        (await GetAsync("/2009-04-04/meta-data/public-keys")).ShouldBe((200, "0=me@here-0\n1=key-1"));
        (await GetAsync("/latest/meta-data/public-keys/1/openssh-key")).ShouldBe((200, "ssh-rsa BBBB"));
        (await GetAsync("/latest/meta-data/public-keys/2/openssh-key")).Status.ShouldBe(404);
        (await GetAsync("/latest/meta-data/local-hostname")).ShouldBe((200, "vm1.example.org"));
        (await GetAsync("/openstack/2018-08-27/meta_data.json")).Body.ShouldContain($"\"uuid\":\"{Instance}\"");
        (await GetAsync("/latest/../../etc/passwd")).Status.ShouldBe(404);
        (await GetAsync("/openstack/1999-01-01/meta_data.json")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../etc")]
    [InlineData("/etc")]
    [InlineData("a/b")]
    public async Task An_instance_id_is_no_path(string id)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "user_data"), "for all", TestContext.Current.CancellationToken);
        InstanceFiles files = new(Path.Combine(_directory, "below"));
        Directory.CreateDirectory(Path.Combine(_directory, "below"));
        (await files.ReadUserDataAsync(id, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public void The_signature_is_the_one_that_nova_checks() =>

        // hmac.new(b"secret", b"instance-1", hashlib.sha256).hexdigest() in Python.
        InstanceSignature.Of("instance-1", "secret"u8).ShouldBe("d01de1f41d4a78fbaed37260f9bc0e83fd35c2b9fa33b57a08fe3eaed2fd7750");

    private async Task<bool> StaysAsync(List<Socket> held)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Add(socket);
        await socket.ConnectAsync(_server);
        await socket.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        try
        {
            return await socket.ReceiveAsync(new byte[1]) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<(int Status, string Body)> GetAsync(string path)
    {
        using HttpClient client = new();
        using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://{_server}{path}"));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
