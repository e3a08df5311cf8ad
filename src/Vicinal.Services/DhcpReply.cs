using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>
/// What a reply says: first what no client does without, so that nothing else takes its room, then what the client asked for in its
/// own order, then what the port's owner wants it told. What the owner says wins over what the subnet says.
/// </summary>
internal static class DhcpReply
{
    /// <summary>What is told to a client that asks for nothing in particular.</summary>
    private static ReadOnlySpan<byte> Usual =>
    [
        DhcpOptionCode.SubnetMask, DhcpOptionCode.Router, DhcpOptionCode.ClasslessRoutes, DhcpOptionCode.DnsServers, DhcpOptionCode.DomainName,
        DhcpOptionCode.HostName, DhcpOptionCode.Mtu, DhcpOptionCode.BroadcastAddress,
    ];

    private static ReadOnlySpan<byte> Vital =>
    [
        DhcpOptionCode.SubnetMask, DhcpOptionCode.Router, DhcpOptionCode.ClasslessRoutes, DhcpOptionCode.DnsServers, DhcpOptionCode.Mtu,
    ];

    /// <returns>The length of the message.</returns>
    public static int Write(in DhcpRequest request, in DhcpLease lease, DhcpMessageType type, Span<byte> message)
    {
        bool refusal = type == DhcpMessageType.Nak;
        bool leases = !refusal && request.Type != DhcpMessageType.Inform;
        IpAddress yours = leases ? lease.Address : IpAddress.Ipv4Any;
        IpAddress client = refusal ? IpAddress.Ipv4Any : request.ClientAddress;
        DhcpWriter writer = new(message, in request, client, yours, refusal ? IpAddress.Ipv4Any : NextServerOf(lease.Instance));
        _ = writer.TryAdd(DhcpOptionCode.MessageType, (byte)type);
        _ = writer.TryAdd(DhcpOptionCode.ServerId, lease.ServerId);
        _ = writer.TryAdd(DhcpOptionCode.ClientId, request.ClientId);
        if (leases)
        {
            _ = writer.TryAdd(DhcpOptionCode.LeaseTime, lease.Seconds);
            _ = writer.TryAdd(DhcpOptionCode.RenewalTime, lease.Seconds / 2);
            _ = writer.TryAdd(DhcpOptionCode.RebindingTime, (uint)(lease.Seconds * 7UL / 8));
        }

        if (!refusal)
        {
            AddContent(ref writer, request.ParameterList, in lease);
        }

        return writer.Finish();
    }

    private static void AddContent(scoped ref DhcpWriter writer, ReadOnlySpan<byte> wanted, in DhcpLease lease)
    {
        // One bit an option: a list that names one a hundred times gets it once.
        UInt128 low = 0;
        UInt128 high = 0;
        if (wanted.IsEmpty)
        {
            wanted = Usual;
        }

        foreach (byte code in Vital)
        {
            // Mask and router are for every client, whatever it forgot to ask for.
            if ((code is DhcpOptionCode.SubnetMask or DhcpOptionCode.Router || wanted.Contains(code)) && IsFirst(code, ref low, ref high))
            {
                Add(ref writer, code, in lease);
            }
        }

        foreach (byte code in wanted)
        {
            if (IsFirst(code, ref low, ref high))
            {
                Add(ref writer, code, in lease);
            }
        }

        foreach (DhcpOptionValue option in lease.Instance.Options)
        {
            if (option is { Ipv6: false, Code: > DhcpOptionCode.Pad and < DhcpOptionCode.End } && IsFirst((byte)option.Code, ref low, ref high))
            {
                Add(ref writer, (byte)option.Code, in lease);
            }

            if (option is { Ipv6: false, Code: DhcpOptionCode.BootFile })
            {
                writer.WriteFile(option.Value.Span);
            }
        }
    }

    private static bool IsFirst(byte code, ref UInt128 low, ref UInt128 high)
    {
        ref UInt128 seen = ref code < 128 ? ref low : ref high;
        UInt128 bit = UInt128.One << (code & 127);
        bool first = (seen & bit) == 0;
        seen |= bit;
        return first;
    }

    private static void Add(scoped ref DhcpWriter writer, byte code, in DhcpLease lease)
    {
        if (IsProtocol(code))
        {
            return;
        }

        foreach (DhcpOptionValue option in lease.Instance.Options)
        {
            if (!option.Ipv6 && option.Code == code)
            {
                _ = writer.TryAdd(code, option.Value.Span);
                return;
            }
        }

        SubnetRow subnet = lease.Subnet;
        Span<byte> bytes = stackalloc byte[byte.MaxValue];
        _ = code switch
        {
            DhcpOptionCode.SubnetMask => writer.TryAdd(code, subnet.Cidr.Netmask),
            DhcpOptionCode.BroadcastAddress => writer.TryAdd(code, subnet.Cidr.Last),
            DhcpOptionCode.Router => DhcpRoutes.DefaultOf(subnet) is { } router && writer.TryAdd(code, router),
            DhcpOptionCode.DnsServers => writer.TryAdd(code, bytes[..WriteServers(subnet, bytes)]),
            DhcpOptionCode.DomainName => writer.TryAdd(code, lease.Instance.DnsDomain),
            DhcpOptionCode.HostName => writer.TryAdd(code, lease.Instance.HostName),
            DhcpOptionCode.Mtu => writer.TryAdd(code, (ushort)lease.Mtu),
            DhcpOptionCode.ClasslessRoutes or DhcpOptionCode.MicrosoftClasslessRoutes => writer.TryAdd(code, bytes[..DhcpRoutes.Write(in lease, bytes)]),
            _ => false,
        };
    }

    /// <summary>What says how the conversation goes is not for anybody to overwrite.</summary>
    private static bool IsProtocol(byte code) => code is DhcpOptionCode.Pad or DhcpOptionCode.End
        or (>= DhcpOptionCode.RequestedAddress and <= DhcpOptionCode.ParameterList)
        or (>= DhcpOptionCode.MaxMessageSize and <= DhcpOptionCode.RebindingTime) or DhcpOptionCode.ClientId;

    /// <summary>The subnet's name servers, and the node where it has none. 0.0.0.0 says that there shall be none.</summary>
    private static int WriteServers(SubnetRow subnet, Span<byte> target)
    {
        if (subnet.DnsServers.IsEmpty)
        {
            ServiceAddress.Ipv4.WriteIpv4(target);
            return 4;
        }

        int length = 0;
        foreach (IpAddress server in subnet.DnsServers)
        {
            if (server.IsUnspecified)
            {
                return 0;
            }

            if (length + 4 <= target.Length)
            {
                server.WriteIpv4(target[length..]);
                length += 4;
            }
        }

        return length;
    }

    private static IpAddress NextServerOf(InstanceRow instance)
    {
        foreach (DhcpOptionValue option in instance.Options)
        {
            if (option is { Ipv6: false, Code: DhcpOptionValue.NextServer, Value.Count: 4 })
            {
                return IpAddress.ReadIpv4(option.Value.Span);
            }
        }

        return IpAddress.Ipv4Any;
    }
}
