using System.Net;
using Vicinal.Packets;

namespace Vicinal.Agent;

/// <summary>Name servers as ADDRESS or ADDRESS:PORT, IPv6 with a port in brackets.</summary>
public static class DnsForwarderNames
{
    private const int DefaultPort = 53;

    /// <exception cref="FormatException">The text names no server.</exception>
    public static IPEndPoint Parse(string text)
    {
        if (IpAddress.TryParse(text, out IpAddress address))
        {
            return new IPEndPoint(address.ToIPAddress(), DefaultPort);
        }

        return text.Contains(':') && IPEndPoint.TryParse(text, out IPEndPoint? server) && server.Port > 0
            ? server
            : throw new FormatException($"--dns-forwarder: '{text}' is not ADDRESS or ADDRESS:PORT");
    }
}
