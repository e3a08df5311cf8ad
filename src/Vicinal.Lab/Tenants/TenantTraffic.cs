using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Lab.Tenants;

/// <summary>
/// What goes on while a tenant's router changes: pings at a steady pace along every kind of way, and TCP connections that were open before.
/// </summary>
public sealed class TenantTraffic : IDisposable
{
    public const string EastWest = "east-west";
    public const string EastWestV6 = "east-west, IPv6";
    public const string ExtraRoute = "extra route";
    public const string FloatingIp = "floating IP";
    public const string SourceNat = "source NAT";
    public const string Ipv6NorthSouth = "IPv6 north-south";

    private readonly Dictionary<string, PingStream> _pings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Conversation> _conversations = new(StringComparer.Ordinal);

    /// <param name="inside">An instance, and another on the tenant's other network and another node.</param>
    /// <param name="floating">A floating IP of an instance that is not the first of those.</param>
    /// <param name="behind">An address that the second of those is the next hop to, and that the first one's router has an extra route for.</param>
    public static TenantTraffic Start(LabCloud cloud, (Instance A, Instance B) inside, IpAddress floating, IpAddress behind, double spacingMilliseconds = 1)
    {
        TenantTraffic traffic = new();
        string a = inside.A.Namespace;
        string internet = cloud.Namespace("internet");
        try
        {
            foreach ((string way, string from, IpAddress to) in ((string, string, IpAddress)[])
            [
                (EastWest, a, inside.B.Address), (EastWestV6, a, inside.B.AddressV6), (ExtraRoute, a, behind),
                (FloatingIp, internet, floating), (SourceNat, a, cloud.Plan.Internet), (Ipv6NorthSouth, internet, inside.A.AddressV6),
            ])
            {
                traffic._pings[way] = PingStream.Start(from, to, spacingMilliseconds);
            }

            foreach ((string way, string from, IpAddress to) in ((string, string, IpAddress)[])
                [(EastWest, a, inside.B.Address), (FloatingIp, internet, floating), (SourceNat, a, cloud.Plan.Internet)])
            {
                traffic._conversations[way] = Conversation.Open(from, to, OpenGroup.EchoPort);
            }

            traffic.WaitForAnswers(100);
            foreach (PingStream pings in traffic._pings.Values)
            {
                pings.Establish();
            }

            return traffic;
        }
        catch
        {
            traffic.Dispose();
            throw;
        }
    }

    /// <summary>Waits until so many more answers came by every way.</summary>
    public void WaitForAnswers(int count) => Parallel.ForEach(_pings, way => way.Value.WaitForAnswers(count, way.Key));

    /// <summary>The ways whose connection that was open before does not echo any more.</summary>
    public IReadOnlyList<string> BrokenConversations() => [.. _conversations.Where(way => !way.Value.Echoes()).Select(way => way.Key)];

    /// <summary>Sends no more, and tells what was lost on each way since the start.</summary>
    public IReadOnlyDictionary<string, TrafficLoss> Finish()
    {
        Parallel.ForEach(_pings.Values, pings => pings.Finish());
        return _pings.ToDictionary(way => way.Key, way => new TrafficLoss(way.Value.Finish().Count, way.Value.Sent, way.Value.LongestGap()), StringComparer.Ordinal);
    }

    public void Dispose()
    {
        foreach (IDisposable probe in (IEnumerable<IDisposable>)[.. _pings.Values, .. _conversations.Values])
        {
            probe.Dispose();
        }
    }
}

/// <summary>What one stream of pings lost.</summary>
/// <param name="Gap">The longest time without a way, in milliseconds.</param>
public sealed record TrafficLoss(int Lost, int Sent, double Gap)
{
    public override string ToString() => $"{Lost} of {Sent} lost, gap {Gap:F1} ms";
}
