using System.Buffers.Binary;
using Vicinal.Forwarding;
using Vicinal.Packets;
using static Vicinal.Services.Tests.Answers;

namespace Vicinal.Services.Tests;

/// <summary>What DHCP clients send, what a port has, and how answers are read back.</summary>
internal static class DhcpMessages
{
    public static readonly IpAddress Gateway = IpAddress.Parse("10.0.0.1");
    public static readonly Guid Subnet4Id = new(4, 0, 0, new byte[8]);
    public static readonly Guid Subnet6Id = new(6, 0, 0, new byte[8]);

    public static SubnetRow Subnet4 => new(
        Subnet4Id, Guid.Empty, IpPrefix.Parse("10.0.0.0/24"), Gateway, true, [IpAddress.Parse("192.0.2.53")],
        [new SubnetRoute(IpPrefix.Parse("172.16.0.0/12"), IpAddress.Parse("10.0.0.9"))], Ipv6Mode.None, Ipv6Mode.None);

    public static SubnetRow Subnet6 => new(
        Subnet6Id, Guid.Empty, IpPrefix.Parse("2001:db8::/64"), Owner6, true, default, default, Ipv6Mode.Stateful, Ipv6Mode.Stateful);

    public static InstanceRow Instance => new(
        new Guid(1, 0, 0, new byte[8]), "i", "p", "web", "blue.example", [new SubnetAddress(Subnet4Id, Asker4), new SubnetAddress(Subnet6Id, Asker6)], default);

    public static DhcpLease Lease => new(Asker, Asker4, Subnet4, Instance, true, 1442, 86400);

    public static Dhcpv6Lease Lease6 => new(Instance, [Subnet4, Subnet6], 1442, 86400);

    public static byte[] Request(DhcpMessageType type, IpAddress client = default, MacAddress? mac = null, params (byte Code, byte[] Value)[] options)
    {
        byte[] message = new byte[DhcpRequest.HeaderSize];
        message[0] = 1;
        message[1] = 1;
        message[2] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), 0x1234_5678);
        if (client.IsIpv4)
        {
            client.WriteIpv4(message.AsSpan(12));
        }

        (mac ?? Asker).Write(message.AsSpan(28));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(236), DhcpRequest.MagicCookie);
        IpAddress source = client.IsIpv4 ? client : IpAddress.Ipv4Any;
        FrameEnds ends = new(Asker, MacAddress.Broadcast, source, IpAddress.Parse("255.255.255.255"));
        return PacketBuilder.Udp(in ends, 68, 67, [.. message, 53, 1, (byte)type, .. options.SelectMany(o => (byte[])[o.Code, (byte)o.Value.Length, .. o.Value]), 255]);
    }

    public static byte[] Bytes(this IpAddress address)
    {
        byte[] bytes = new byte[address.IsIpv4 ? 4 : 16];
        if (address.IsIpv4)
        {
            address.WriteIpv4(bytes);
        }
        else
        {
            address.WriteIpv6(bytes);
        }

        return bytes;
    }

    public static DhcpOutcome Ask(byte[] frame, in DhcpLease lease, PacketBuffer answer)
    {
        _ = PacketHeaders.Parse(frame, out PacketHeaders h);
        return DhcpResponder.IsRequest(in h) && DhcpResponder.TryRead(in h, frame, out DhcpRequest request)
            ? DhcpResponder.Answer(in request, in lease, answer)
            : DhcpOutcome.Malformed;
    }

    /// <summary>The options of an answer, each once.</summary>
    public static Dictionary<byte, byte[]> Options(PacketBuffer answer)
    {
        PacketHeaders h = Parsed(answer.Span);
        Dictionary<byte, byte[]> result = [];
        DhcpOptions walk = new(answer.Span[(h.PayloadOffset + DhcpRequest.HeaderSize)..h.End]);
        while (walk.MoveNext())
        {
            result.Add(walk.Code, walk.Value.ToArray());
        }

        walk.IsMalformed.ShouldBeFalse();
        return result;
    }

    public static byte[] Request6(Dhcpv6MessageType type, params (ushort Code, byte[] Value)[] options) => Frame6([(byte)type, 1, 2, 3, .. options.SelectMany(Option)]);

    public static byte[] Frame6(byte[] payload)
    {
        FrameEnds ends = new(Asker, MacAddress.ForIpv6Multicast(Dhcpv6Responder.Servers), IpAddress.LinkLocalFor(Asker), Dhcpv6Responder.Servers);
        return PacketBuilder.Udp(in ends, 546, 547, payload);
    }

    public static byte[] Option((ushort Code, byte[] Value) option)
    {
        byte[] head = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(head, option.Code);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)option.Value.Length);
        return [.. head, .. option.Value];
    }

    public static byte[] Association(params IpAddress[] held) =>
        [0, 0, 0, 9, .. new byte[8], .. held.SelectMany(a => Option((Dhcpv6OptionCode.Address, [.. a.Bytes(), .. new byte[8]])))];

    public static DhcpOutcome Ask6(byte[] frame, in Dhcpv6Lease lease, PacketBuffer answer)
    {
        _ = PacketHeaders.Parse(frame, out PacketHeaders h);
        return Dhcpv6Responder.IsRequest(in h) && Dhcpv6Responder.TryRead(in h, frame, out Dhcpv6Request request)
            ? Dhcpv6Responder.Answer(in h, in request, in lease, answer)
            : DhcpOutcome.Malformed;
    }

    public static (Dhcpv6MessageType Type, List<(ushort Code, byte[] Value)> Options) Answer6(PacketBuffer answer)
    {
        PacketHeaders h = Parsed(answer.Span);
        ReadOnlySpan<byte> payload = answer.Span[h.PayloadOffset..h.End];
        return ((Dhcpv6MessageType)payload[0], Options6(payload[4..]));
    }

    public static List<(ushort Code, byte[] Value)> Options6(ReadOnlySpan<byte> bytes)
    {
        List<(ushort, byte[])> options = [];
        Dhcpv6Options walk = new(bytes);
        while (walk.MoveNext())
        {
            options.Add((walk.Code, walk.Value.ToArray()));
        }

        walk.IsMalformed.ShouldBeFalse();
        return options;
    }
}
