using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// Questions for internal names are answered where they are asked: those to the node's resolver, and those to the name servers of the port's subnets, whatever
/// the filters say. All other questions go on as they are. Only what is written here skips the filters: a datagram that looks like an answer is a datagram.
/// </summary>
internal static class NameStage
{
    /// <summary>True when the packet was a question that this answered.</summary>
    public static bool Takes<TSink>(Walk w, LocalPort port, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!w.In.IsIp || !w.In.HasPorts || w.In.Protocol != IpProtocol.Udp || w.In.DestinationPort != ServiceAddress.DnsPort || !IsServer(segment, w.In.Destination))
        {
            return false;
        }

        // The next question of the flow may be for another name.
        w.Cacheable = false;
        ReadOnlySpan<byte> message = w.Frame[w.In.PayloadOffset..w.In.End];
        if (!DnsQuery.TryRead(message, out DnsQuery query) || !TryFind(segment, in query, out IReadOnlyList<NameRow> rows)
            || w.In.Source.IsUnspecified || w.In.Source.IsMulticast)
        {
            return false;
        }

        PacketBuffer answer = w.Context.Answer;
        int length = NameAnswer.Write(in query, message, rows, UdpReply.PayloadOf(in w.In, answer, query.UdpLimit));
        UdpReply.Seal(in w.In, w.In.DestinationMac, answer, length);
        w.AnswerRoute = AnswerRoute.Back;
        w.End(Disposition.Answered);
        Stage.Services.Say(rows[0].Origin, $"{query.Name} is answered in the place of {w.In.Destination}", ref sink);
        return true;
    }

    /// <summary>The ports of the network that have the name, or by its reverse name the address.</summary>
    public static bool TryFind(Segment segment, in DnsQuery query, out IReadOnlyList<NameRow> rows)
    {
        IReadOnlyList<NameRow>? found = null;
        bool any = NameAnswer.IsForUs(in query) && (DnsName.TryReadReverse(query.Name, out IpAddress address)
            ? segment.Names.TryByAddress(address, out found)
            : segment.Names.TryByName(query.Name, out found));
        rows = found ?? [];
        return any;
    }

    private static bool IsServer(Segment segment, IpAddress address)
    {
        if (ServiceAddress.Is(address))
        {
            return true;
        }

        foreach (SubnetRow subnet in segment.Subnets.Values)
        {
            if (subnet.DnsServers.Span.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
