using Vicinal.Agent.Gateways.Replication;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class ReplicationPeersTests
{
    private static readonly Guid s_first = new("00000001-0000-0000-0000-000000000001");
    private static readonly Guid s_second = new("00000002-0000-0000-0000-000000000001");
    private static readonly Guid s_again = new("00000003-0000-0000-0000-000000000001");
    private static readonly IpAddress s_one = IpAddress.Parse("192.0.2.1");
    private static readonly IpAddress s_two = IpAddress.Parse("192.0.2.2");

    private readonly ReplicationPeers _peers = new();

    [Fact]
    public void Two_nodes_that_exchange_their_addresses_are_both_known_by_the_new_ones()
    {
        Put(s_first, "g1", s_one);
        Put(s_second, "g2", s_two);
        Put(s_first, "g1", s_two);
        Put(s_second, "g2", s_one);
        HostAt(s_two).ShouldBe("g1");
        HostAt(s_one).ShouldBe("g2");
    }

    [Fact]
    public void A_node_that_comes_back_under_another_id_stays_when_the_former_one_goes()
    {
        Put(s_first, "g1", s_one);
        Put(s_again, "g1", s_one);
        _peers.Apply(s_first, null);
        HostAt(s_one).ShouldBe("g1");
        _peers.AddressOf("g1").ShouldBe(s_one);
    }

    [Fact]
    public void A_node_that_leaves_is_a_stranger_and_so_is_an_address_that_a_node_left()
    {
        Put(s_first, "g1", s_one);
        Put(s_first, "g1", s_two);
        HostAt(s_one).ShouldBeNull();
        _peers.Apply(s_first, null);
        HostAt(s_two).ShouldBeNull();
        _peers.AddressOf("g1").ShouldBeNull();
    }

    private string? HostAt(IpAddress address) => _peers.TryFind(address, out string? host) ? host : null;

    private void Put(Guid id, string host, IpAddress address) => _peers.Apply(id, new NodeRow(id, host, address));
}
