using Vicinal.Lab;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Paths;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>One flow as a tenant has it: its ends, and the probes that make it go.</summary>
/// <param name="Far">The other instance; null where the far end is the router or the outside.</param>
/// <param name="From">The member that speaks first.</param>
/// <param name="To">Whom it speaks to.</param>
/// <param name="Signs">Addresses by which its packets are known, wherever they are.</param>
public sealed record ModeFlow(FlowKind Kind, Instance Near, Instance? Far, string From, IpAddress To, params IReadOnlyList<IpAddress> Signs)
{
    /// <summary>Two instances: their own addresses are all there is to see.</summary>
    public static ModeFlow Between(FlowKind kind, Instance near, Instance far, bool ipv6)
    {
        (IpAddress from, IpAddress to) = ipv6 ? (near.AddressV6, far.AddressV6) : (near.Address, far.Address);
        return new ModeFlow(kind, near, far, near.Name, to, from, to);
    }

    /// <summary>Ping, TCP and UDP; what answers for a router only pings. Empty when all is well.</summary>
    public string Run(LabCloud cloud)
    {
        string space = cloud.Namespace(From);
        bool ping = PingProbe.Reaches(space, To, new PingOptions { TimeoutMilliseconds = 2000 });
        if (Kind == FlowKind.RouterAddress)
        {
            return ping ? "" : "no ping";
        }

        bool tcp = EchoProbe.Tcp(space, To, OpenGroup.EchoPort);
        bool udp = EchoProbe.Udp(space, To, OpenGroup.EchoPort);
        return ping && tcp && udp ? "" : $"ping {ping}, TCP {tcp}, UDP {udp}";
    }

    public override string ToString() => $"{Kind} {From} -> {To} (node {Near.Node}{(Far is null ? "" : $", {Far.Node}")})";
}
