using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>
/// Answers questions for internal names. Which ports have the name is the caller's to know; a name that no port has is somebody else's to answer, as is every
/// message that is no ordinary question.
/// </summary>
public static class NameAnswer
{
    /// <summary>In seconds: a port may get another address at any time.</summary>
    private const uint TimeToLive = 30;

    /// <summary>An ordinary question about a name or, by its reverse name, an address.</summary>
    public static bool IsForUs(in DnsQuery query) =>
        query is { IsResponse: false, IsStandard: true, Class: DnsMessage.ClassIn } && (!query.HasEdns || query.EdnsVersion == 0);

    /// <summary>Writes the answer: of the name's addresses those of the family that is asked for, for other types nothing, as the name is there (RFC 2308).</summary>
    /// <param name="target">Bounds the answer.</param>
    /// <returns>Its length.</returns>
    public static int Write(in DnsQuery query, ReadOnlySpan<byte> message, IReadOnlyList<NameRow> rows, Span<byte> target)
    {
        DnsResponse response = new(in query, message, target);
        bool reverse = DnsName.TryReadReverse(query.Name, out _);
        foreach (NameRow row in rows)
        {
            if (reverse && query.Type is DnsMessage.TypePtr or DnsMessage.TypeAny)
            {
                response.AddPointer(row.FullName, TimeToLive);
            }
            else if (!reverse)
            {
                AddAddresses(ref response, query.Type, row);
            }
        }

        response.End(0, authoritative: true);
        return response.Length;
    }

    /// <summary>Says why there is no answer.</summary>
    /// <returns>Its length.</returns>
    public static int WriteFailure(in DnsQuery query, ReadOnlySpan<byte> message, ushort code, Span<byte> target)
    {
        DnsResponse response = new(in query, message, target);
        response.End(code, authoritative: false);
        return response.Length;
    }

    private static void AddAddresses(ref DnsResponse response, ushort type, NameRow row)
    {
        foreach (IpAddress address in row.Addresses)
        {
            if (type == DnsMessage.TypeAny || type == (address.IsIpv4 ? DnsMessage.TypeA : DnsMessage.TypeAaaa))
            {
                response.AddAddress(address, TimeToLive);
            }
        }
    }
}
