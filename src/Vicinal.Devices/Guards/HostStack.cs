using Vicinal.Devices.Netlink;

namespace Vicinal.Devices.Guards;

/// <summary>Keeps the host's own IPv6 off an interface of the calling thread's network namespace.</summary>
public static class HostStack
{
    /// <summary>
    /// No IPv6 address on the link, neither now nor later. True when IPv6 as a whole is off; false when /proc/sys is read-only (some containers),
    /// where the link merely forms no address by itself.
    /// </summary>
    public static bool DisableIpv6(Rtnetlink route, string device)
    {
        bool hasIpv6 = Directory.Exists("/proc/sys/net/ipv6/conf");
        if (!hasIpv6)
        {
            return true;
        }

        // A later `sysctl` by somebody would still form no address.
        route.DisableAddressGeneration(device);
        try
        {
            // /proc/sys/net is that of the reading thread's network namespace.
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/disable_ipv6", "1\n");
            return true;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }
}
