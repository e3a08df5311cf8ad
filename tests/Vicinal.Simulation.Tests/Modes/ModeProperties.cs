using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Simulation.Tests.Modes;

/// <summary>
/// What holds in every mode: each flow touches the nodes that the book names and no other, and its answer comes back; one node answers for each
/// address; no MAC shows on the wire from two nodes.
/// </summary>
internal sealed class ModeProperties(ModeCloud cloud)
{
    private readonly ModeBook _book = new(cloud.Topology);

    private Topology Topology => cloud.Topology.Builder.Topology;

    /// <summary>Flows that were there to go.</summary>
    public int Flows { get; private set; }

    /// <summary>What does not hold, in words, as it is found; nothing when all does.</summary>
    public IEnumerable<string> Violations() => Flow().Concat(Answers()).OfType<string>().Concat(
        cloud.WireMacs.Where(shown => shown.Value.Count > 1).Select(shown => $"{shown.Key} shows on the wire from {string.Join(" and ", shown.Value)}"));

    private IEnumerable<string?> Flow()
    {
        foreach (Port port in cloud.Topology.Instances)
        {
            foreach (Port other in cloud.Topology.Instances.Where(other => other != port))
            {
                for (int family = 0; family < 2; family++)
                {
                    yield return Pings(port, other.FixedIps[family].Address, _book.Between(port, other));
                }
            }

            yield return Pings(port, ModeCloud.InternetV4, _book.Outside(port, ipv4: true));
            yield return Pings(port, ModeCloud.InternetV6, _book.Outside(port, ipv4: false));
            yield return Pings(port, Topology.Subnets[port.FixedIps[0].SubnetId].GatewayIp!.Value, _book.ToOwnRouter(port));
        }

        foreach (FloatingIp floatingIp in cloud.Topology.FloatingIps)
        {
            Port port = Topology.Ports[floatingIp.PortId!.Value];
            yield return Holds($"internet -> {floatingIp.FloatingIpAddress}", cloud.Ping(cloud.Internet, ModeCloud.InternetV4, floatingIp.FloatingIpAddress), _book.Outside(port, ipv4: true));
        }
    }

    private string? Pings(Port from, IpAddress to, SortedSet<string>? expected)
    {
        IpAddress source = from.FixedIps.First(ip => ip.Address.IsIpv4 == to.IsIpv4).Address;
        return Holds($"{source} on {from.BindingHostId} -> {to}", cloud.Ping(cloud.GuestOf(from), source, to), expected);
    }

    private string? Holds(string flow, (bool Answered, IReadOnlyCollection<string> Touched) seen, SortedSet<string>? expected)
    {
        if (expected is null)
        {
            return seen.Answered ? $"{flow}: answered by way of {string.Join(", ", seen.Touched)}, and nothing joins the two" : null;
        }

        Flows++;
        if (!seen.Answered)
        {
            return $"{flow}: no answer; handled by {string.Join(", ", seen.Touched)}";
        }

        return expected.SetEquals(seen.Touched) ? null : $"{flow}: handled by {string.Join(", ", seen.Touched)} and not by {string.Join(", ", expected)}";
    }

    private IEnumerable<string?> Answers()
    {
        foreach (FloatingIp floatingIp in cloud.Topology.FloatingIps)
        {
            yield return AnswersAlone(floatingIp.FloatingIpAddress, null, _book.OwnerOf(floatingIp));
        }

        foreach (Router router in Topology.Routers.Values)
        {
            foreach (FixedIp ip in router.Gateway is { } gateway ? Topology.Ports[gateway.PortId].FixedIps.AsEnumerable() : [])
            {
                yield return AnswersAlone(ip.Address, null, _book.Active(router));
            }

            foreach (Port port in Topology.Ports.Values.Where(port => DeviceOwner.IsRouterInterface(port.DeviceOwner) && port.DeviceId == router.Id.ToString()))
            {
                if (Topology.Networks[port.NetworkId] is { NetworkType: "vlan", SegmentationId: { } vlan })
                {
                    yield return AnswersAlone(port.FixedIps[0].Address, (ushort)vlan, _book.Active(router));
                }
            }
        }
    }

    /// <summary>Asks on the wire, as a machine that is not the cloud's.</summary>
    private string? AnswersAlone(IpAddress address, ushort? vlan, string owner)
    {
        cloud.OnWire.Clear();
        byte[] question = Question(address);
        cloud.Internet.SendRaw(vlan is { } id ? PacketBuilder.Tagged(question, new VlanTag(id)) : question);
        cloud.Network.Advance(60);
        string[] answers = [.. cloud.OnWire.Where(sent => IsAnswer(sent.Frame, address)).Select(static sent => sent.Host)];
        return answers is [{ } alone] && alone == owner ? null : $"{address}: {owner} alone is to answer on the wire, and did: {string.Join(", ", answers)}";
    }

    private byte[] Question(IpAddress address)
    {
        if (address.IsIpv4)
        {
            return PacketBuilder.ArpRequest(cloud.Internet.Mac, IpAddress.FromValue(address.Value + 100), address);
        }

        PacketBuffer frame = new();
        NeighborFrame.WriteSolicitation(frame, cloud.Internet.Mac, IpAddress.LinkLocalFor(cloud.Internet.Mac), address);
        return frame.Span.ToArray();
    }

    /// <summary>To the question: an announcement names itself, or answers nobody.</summary>
    private static bool IsAnswer(byte[] frame, IpAddress address) =>
        PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok
        && (h.IsArp
            ? h.ArpOperation == ArpMessage.Reply && h.Source == address && h.Destination != address
            : h.IsIcmp && h.IsIpv6 && h.IcmpType == Icmpv6Type.NeighborAdvertisement && NeighborEvidence.TryRead(in h, frame, out NeighborEvidence said) && said.Address == address && said.Solicited);
}
