using Vicinal.Lab;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Tenants;
using Vicinal.Packets;
using Vicinal.Scenarios.Tests.Traffic;

namespace Vicinal.Scenarios.Tests.Failover;

/// <summary>
/// What passes a tenant's gateway: pings and datagrams a millisecond apart, and connections that last; outward under the router's address and inward to a
/// floating IP at the gateway.
/// </summary>
public sealed class GatewayTraffic : IDisposable
{
    private const int DatagramPort = 7801;
    private const int Connections = 5;

    private readonly PingStream _outward;
    private readonly PingStream _inward;
    private readonly DatagramStream _datagrams;
    private readonly List<Conversation> _conversations = [];

    public GatewayTraffic(LabCloud cloud, RoutedTenant tenant)
    {
        (_, IpAddress floating) = tenant.FloatingIp("n");
        string inside = tenant["a"].Namespace;
        string internet = cloud.Namespace("internet");
        _outward = PingStream.Start(inside, cloud.Plan.Internet, spacingMilliseconds: 1);
        _inward = PingStream.Start(internet, floating, spacingMilliseconds: 1);
        _datagrams = DatagramStream.Start(inside, internet, cloud.Plan.Internet, DatagramPort);
        for (int i = 0; i < Connections; i++)
        {
            _conversations.Add(Conversation.Open(inside, cloud.Plan.Internet, OpenGroup.EchoPort));
            _conversations.Add(Conversation.Open(internet, floating, OpenGroup.EchoPort));
        }

        Flows();
        ShouldHaveKeptConnections();
    }

    /// <summary>Waits until every stream is answered, whatever was lost before.</summary>
    public void Flows()
    {
        _outward.WaitForAnswers(50, "SNAT");
        _inward.WaitForAnswers(50, "the floating IP");
        _datagrams.WaitForArrivals();
    }

    public void ShouldHaveKeptConnections() =>
        _conversations.Select((conversation, i) => (conversation, i)).Where(c => !c.conversation.Echoes()).Select(c => c.i % 2 == 0 ? "SNAT" : "floating IP")
            .ShouldBeEmpty("connections that were open go on");

    public void Dispose()
    {
        _conversations.ForEach(conversation => conversation.Dispose());
        _datagrams.Dispose();
        _inward.Dispose();
        _outward.Dispose();
    }
}
