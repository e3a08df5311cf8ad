using System.Diagnostics;
using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Lab.Instances;

/// <summary>What an instance without a DHCP client of its own has: it asks once, takes what it is given, and sets it. IPv6 is the kernel's to learn.</summary>
public sealed class DhcpClient
{
    private const int RetryMilliseconds = 300;

    private static readonly byte[] s_wanted =
    [
        DhcpOptionCode.SubnetMask, DhcpOptionCode.ClasslessRoutes, DhcpOptionCode.Router, DhcpOptionCode.Mtu, DhcpOptionCode.DnsServers, DhcpOptionCode.HostName,
    ];

    private readonly NetworkNamespace _instance;
    private readonly string _nic;
    private readonly MacAddress _mac;
    private readonly uint _transaction;

    private DhcpClient(NetworkNamespace instance, string nic, MacAddress mac)
    {
        _instance = instance;
        _nic = nic;
        _mac = mac;
        _transaction = (uint)Random.Shared.NextInt64(1L << 32);
    }

    /// <summary>Boots the NIC, which is up.</summary>
    /// <returns>The address, which is set by then with the routes and the MTU.</returns>
    /// <exception cref="LabException">Nobody answered for so long.</exception>
    public static IpAddress Boot(NetworkNamespace instance, string nic, MacAddress mac, TimeSpan patience)
    {
        DhcpClient client = new(instance, nic, mac);
        long deadline = Stopwatch.GetTimestamp() + (long)(patience.TotalSeconds * Stopwatch.Frequency);
        using PacketSocketDevice socket = instance.Run(() => PacketSocketDevice.Open(nic));
        byte[] offer = client.Ask(socket, DhcpMessageType.Discover, DhcpMessageType.Offer, [], deadline);
        byte[] server = DhcpOptions.Find(offer.AsSpan(DhcpRequest.HeaderSize), DhcpOptionCode.ServerId).ToArray();
        byte[] chosen = [DhcpOptionCode.ServerId, (byte)server.Length, .. server, DhcpOptionCode.RequestedAddress, 4, .. offer.AsSpan(16, 4)];
        return client.Set(client.Ask(socket, DhcpMessageType.Request, DhcpMessageType.Ack, chosen, deadline));
    }

    /// <summary>Says it again and again until the answer comes.</summary>
    private byte[] Ask(PacketSocketDevice socket, DhcpMessageType type, DhcpMessageType expected, ReadOnlySpan<byte> options, long deadline)
    {
        PacketBuffer question = new();
        PacketBuffer[] frames = [.. Enumerable.Range(0, 16).Select(static _ => new PacketBuffer(PacketBuffer.Headroom + 2048))];
        using Poller poller = new();
        poller.Add(socket.PollHandle, 0);
        PollEvent[] ready = new PollEvent[1];
        while (Stopwatch.GetTimestamp() < deadline)
        {
            question.CopyFrom(Question(type, options));
            socket.Send([question]);
            long next = Stopwatch.GetTimestamp() + (RetryMilliseconds * Stopwatch.Frequency / 1000);
            while (Stopwatch.GetTimestamp() < next)
            {
                poller.Wait(ready, RetryMilliseconds / 3);
                for (int count = socket.Receive(frames); count > 0; count = socket.Receive(frames))
                {
                    foreach (PacketBuffer frame in frames.AsSpan(0, count))
                    {
                        if (IsAnswer(frame.Span, expected, out byte[] message))
                        {
                            return message;
                        }
                    }
                }
            }
        }

        throw new LabException($"nobody answered {_nic} by DHCP; is the port wired, and does its subnet have enable_dhcp?");
    }

    private byte[] Question(DhcpMessageType type, ReadOnlySpan<byte> options)
    {
        byte[] header = new byte[DhcpRequest.HeaderSize];
        header[0] = DhcpRequest.BootRequest;
        header[1] = 1;
        header[2] = MacAddress.Size;
        BitConverter.TryWriteBytes(header.AsSpan(4), _transaction);
        _mac.Write(header.AsSpan(28));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(DhcpRequest.HeaderSize - 4), DhcpRequest.MagicCookie);
        FrameEnds ends = new(_mac, MacAddress.Broadcast, IpAddress.Ipv4Any, IpAddress.FromIpv4(uint.MaxValue));
        return PacketBuilder.Udp(in ends, 68, 67,
            [.. header, DhcpOptionCode.MessageType, 1, (byte)type, DhcpOptionCode.ParameterList, (byte)s_wanted.Length, .. s_wanted, .. options, DhcpOptionCode.End]);
    }

    private bool IsAnswer(ReadOnlySpan<byte> frame, DhcpMessageType expected, out byte[] message)
    {
        message = [];
        if (PacketHeaders.Parse(frame, out PacketHeaders h) != ParseResult.Ok || h.Protocol != IpProtocol.Udp || h.DestinationPort != 68
            || h.PayloadLength < DhcpRequest.HeaderSize)
        {
            return false;
        }

        message = frame[h.PayloadOffset..h.End].ToArray();
        return BitConverter.ToUInt32(message.AsSpan(4)) == _transaction
            && DhcpOptions.Find(message.AsSpan(DhcpRequest.HeaderSize), DhcpOptionCode.MessageType) is [var type] && type == (byte)expected;
    }

    private IpAddress Set(byte[] message)
    {
        ReadOnlySpan<byte> options = message.AsSpan(DhcpRequest.HeaderSize);
        IpAddress address = IpAddress.ReadIpv4(message.AsSpan(16));
        using Rtnetlink inside = Rtnetlink.Open(_instance);
        ReadOnlySpan<byte> mtu = DhcpOptions.Find(options, DhcpOptionCode.Mtu);
        if (mtu.Length == 2)
        {
            inside.SetMtu(_nic, (mtu[0] << 8) | mtu[1]);
        }

        ReadOnlySpan<byte> mask = DhcpOptions.Find(options, DhcpOptionCode.SubnetMask);
        inside.AddAddress(_nic, address, mask.Length == 4 ? System.Numerics.BitOperations.PopCount(BitConverter.ToUInt32(mask)) : 32);
        AddRoutes(inside, DhcpOptions.Find(options, DhcpOptionCode.ClasslessRoutes));
        return address;
    }

    /// <summary>RFC 3442; a next hop of 0.0.0.0 is the link itself.</summary>
    private void AddRoutes(Rtnetlink inside, ReadOnlySpan<byte> routes)
    {
        int index = inside.GetLink(_nic).Index;
        Span<byte> octets = stackalloc byte[4];
        while (routes.Length > 0 && routes[0] <= 32 && routes.Length >= 5 + ((routes[0] + 7) / 8))
        {
            int significant = (routes[0] + 7) / 8;
            octets.Clear();
            routes.Slice(1, significant).CopyTo(octets);
            IpAddress nextHop = IpAddress.ReadIpv4(routes[(1 + significant)..]);
            inside.AddRoute(new KernelRoute(new IpPrefix(IpAddress.ReadIpv4(octets), routes[0]))
            {
                Gateway = nextHop.IsUnspecified ? null : nextHop,
                LinkIndex = index,
            });
            routes = routes[(5 + significant)..];
        }
    }
}
