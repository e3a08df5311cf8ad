using Vicinal.Devices;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;

namespace Vicinal.Agent.Kernel;

/// <summary>
/// The tap that undecided packets come up by, whole super-packets included. It goes with the process: from then on they are lost in the
/// kernel, and decided flows go on.
/// </summary>
internal static class UpcallTap
{
    public const string Name = "vi-up";

    /// <summary>Frames that may wait for the agent.</summary>
    private const int QueueLength = 8192;

    public static (TapDevice Device, int Index) Open(Rtnetlink route)
    {
        TapDevice tap = TapDevice.Open(Name);
        try
        {
            _ = HostStack.DisableIpv6(route, Name);
            route.SetQueueLength(Name, QueueLength);

            route.SetUp(Name);
            tap.Refresh();
            return (tap, route.GetLink(Name).Index);
        }
        catch
        {
            tap.Dispose();
            throw;
        }
    }
}
