using System.Buffers.Binary;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>What a DHCPv6 answer says: the client's associations with what the port has, then the options that it asked for.</summary>
internal static class Dhcpv6Reply
{
    private const int AssociationHead = 12;

    /// <returns>The length of the message; 0 when there is nothing to say.</returns>
    public static int Write(in Dhcpv6Request request, in Dhcpv6Lease lease, Span<byte> message)
    {
        bool offer = request.Type == Dhcpv6MessageType.Solicit && !request.RapidCommit;
        Dhcpv6Writer writer = new(message, offer ? Dhcpv6MessageType.Advertise : Dhcpv6MessageType.Reply, request.TransactionId);
        if (!request.ClientId.IsEmpty)
        {
            _ = writer.TryAdd(Dhcpv6OptionCode.ClientId, request.ClientId);
        }

        _ = writer.TryAdd(Dhcpv6OptionCode.ServerId, Dhcpv6Responder.Duid);
        switch (request.Type)
        {
            case Dhcpv6MessageType.Confirm when Confirm(in request, in lease) is { } status:
                _ = writer.TryAdd(status);
                return writer.Length;
            case Dhcpv6MessageType.Confirm:
                return 0;
            case Dhcpv6MessageType.Release or Dhcpv6MessageType.Decline:
                // The address stays the port's; there is nothing to free.
                _ = writer.TryAdd(Dhcpv6Status.Success);
                return writer.Length;
            default:
                break;
        }

        if (request.Type == Dhcpv6MessageType.Solicit && request.RapidCommit)
        {
            _ = writer.TryAdd(Dhcpv6OptionCode.RapidCommit, default(ReadOnlySpan<byte>));
        }

        AddAssociations(ref writer, in request, in lease);
        AddContent(ref writer, in request, in lease);
        return writer.Length;
    }

    /// <summary>RFC 8415 section 18.3.3; null where the client names no address.</summary>
    private static Dhcpv6Status? Confirm(in Dhcpv6Request request, in Dhcpv6Lease lease)
    {
        Dhcpv6Status? status = null;
        Dhcpv6Options associations = new(request.Options);
        while (associations.MoveNext())
        {
            if (associations.Code is not (Dhcpv6OptionCode.NonTemporaryAddresses or Dhcpv6OptionCode.TemporaryAddresses))
            {
                continue;
            }

            Dhcpv6Options addresses = new(Dhcpv6Request.OptionsOf(associations.Code, associations.Value));
            while (addresses.MoveNext())
            {
                if (addresses.Code == Dhcpv6OptionCode.Address)
                {
                    bool onLink = lease.IsOnLink(IpAddress.ReadIpv6(addresses.Value));
                    status = onLink && status != Dhcpv6Status.NotOnLink ? Dhcpv6Status.Success : Dhcpv6Status.NotOnLink;
                }
            }
        }

        return status;
    }

    private static void AddAssociations(scoped ref Dhcpv6Writer writer, in Dhcpv6Request request, in Dhcpv6Lease lease)
    {
        bool given = false;
        Dhcpv6Options walk = new(request.Options);
        while (walk.MoveNext())
        {
            switch (walk.Code)
            {
                case Dhcpv6OptionCode.NonTemporaryAddresses:
                    AddAssociation(ref writer, walk.Value, in lease, ref given);
                    break;
                case Dhcpv6OptionCode.TemporaryAddresses:
                    AddRefusal(ref writer, walk.Code, walk.Value[..4], Dhcpv6Status.NoAddressesAvailable);
                    break;
                case Dhcpv6OptionCode.PrefixDelegation:
                    AddRefusal(ref writer, walk.Code, walk.Value[..4], Dhcpv6Status.NoPrefixAvailable);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>The first association gets all that the port has; what the client holds besides is to be used no longer.</summary>
    private static void AddAssociation(scoped ref Dhcpv6Writer writer, ReadOnlySpan<byte> association, in Dhcpv6Lease lease, ref bool given)
    {
        Span<byte> head = stackalloc byte[AssociationHead];
        head.Clear();
        association[..4].CopyTo(head);
        BinaryPrimitives.WriteUInt32BigEndian(head[4..], lease.Seconds / 2);
        BinaryPrimitives.WriteUInt32BigEndian(head[8..], (uint)(lease.Seconds * 4UL / 5));
        if (!writer.TryBegin(Dhcpv6OptionCode.NonTemporaryAddresses, head, out int place))
        {
            return;
        }

        bool any = false;
        foreach (SubnetAddress own in lease.Instance.Addresses)
        {
            if (!given && own.Address.IsIpv6 && lease.IsStateful(in own))
            {
                any |= writer.TryAdd(own.Address, lease.Seconds, lease.Seconds);
            }
        }

        Dhcpv6Options held = new(Dhcpv6Request.OptionsOf(Dhcpv6OptionCode.NonTemporaryAddresses, association));
        while (held.MoveNext())
        {
            if (held.Code == Dhcpv6OptionCode.Address && !lease.Gives(IpAddress.ReadIpv6(held.Value)))
            {
                _ = writer.TryAdd(IpAddress.ReadIpv6(held.Value), 0, 0);
            }
        }

        if (!any)
        {
            _ = writer.TryAdd(Dhcpv6Status.NoAddressesAvailable);
        }

        given |= any;
        writer.End(place);
    }

    private static void AddRefusal(scoped ref Dhcpv6Writer writer, ushort code, scoped ReadOnlySpan<byte> id, Dhcpv6Status status)
    {
        Span<byte> head = stackalloc byte[AssociationHead];
        head.Clear();
        id.CopyTo(head);
        if (writer.TryBegin(code, code == Dhcpv6OptionCode.TemporaryAddresses ? head[..id.Length] : head, out int place))
        {
            _ = writer.TryAdd(status);
            writer.End(place);
        }
    }

    private static void AddContent(scoped ref Dhcpv6Writer writer, in Dhcpv6Request request, in Dhcpv6Lease lease)
    {
        if (IsWanted(in request, Dhcpv6OptionCode.DnsServers) && !Has(in lease, Dhcpv6OptionCode.DnsServers))
        {
            AddServers(ref writer, in lease);
        }

        if (IsWanted(in request, Dhcpv6OptionCode.DomainList) && !Has(in lease, Dhcpv6OptionCode.DomainList))
        {
            Span<byte> domain = stackalloc byte[byte.MaxValue];
            int length = DnsLabels.Write(lease.Instance.DnsDomain, domain);
            if (length > 0)
            {
                _ = writer.TryAdd(Dhcpv6OptionCode.DomainList, domain[..length]);
            }
        }

        if (request.Type == Dhcpv6MessageType.InformationRequest)
        {
            _ = writer.TryAdd(Dhcpv6OptionCode.RefreshTime, lease.Seconds);
        }

        foreach (DhcpOptionValue option in lease.Instance.Options)
        {
            if (option.Ipv6 && option.Code != DhcpOptionValue.NextServer)
            {
                _ = writer.TryAdd(option.Code, option.Value.Span);
            }
        }
    }

    private static bool Has(in Dhcpv6Lease lease, ushort code)
    {
        foreach (DhcpOptionValue option in lease.Instance.Options)
        {
            if (option.Ipv6 && option.Code == code)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWanted(in Dhcpv6Request request, ushort code)
    {
        ReadOnlySpan<byte> wanted = request.Requested;
        for (int i = 0; i < wanted.Length; i += 2)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(wanted[i..]) == code)
            {
                return true;
            }
        }

        return wanted.IsEmpty;
    }

    /// <summary>Those of the network's IPv6 subnets, and the node where they have none. :: says that there shall be none.</summary>
    private static void AddServers(scoped ref Dhcpv6Writer writer, in Dhcpv6Lease lease)
    {
        const int Most = 16;
        Span<byte> bytes = stackalloc byte[Most * 16];
        int length = 0;
        bool none = false;
        for (int i = 0; i < lease.Subnets.Count; i++)
        {
            SubnetRow subnet = lease.Subnets[i];
            foreach (IpAddress server in subnet.DnsServers)
            {
                none |= server.IsIpv6 && server.IsUnspecified;
                if (server.IsIpv6 && !server.IsUnspecified && length < bytes.Length)
                {
                    server.WriteIpv6(bytes[length..]);
                    length += 16;
                }
            }
        }

        if (length == 0 && !none)
        {
            ServiceAddress.Ipv6.WriteIpv6(bytes);
            length = 16;
        }

        if (length > 0)
        {
            _ = writer.TryAdd(Dhcpv6OptionCode.DnsServers, bytes[..length]);
        }
    }
}
