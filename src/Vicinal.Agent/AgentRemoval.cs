using System.Net.Sockets;
using Vicinal.Agent.Kernel;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;

namespace Vicinal.Agent;

/// <summary>
/// Takes away what an agent leaves on its node on purpose, so that its instances' packets go on and its guards hold without it: links, filters, maps and
/// their mount, devices, guards. The calling thread's network namespace is the node's.
/// </summary>
public static class AgentRemoval
{
    /// <summary>Devices that agents make, by the beginning of their names.</summary>
    private const string DevicePrefix = "vi-";

    /// <returns>False, and nothing is touched, while an agent runs on the state directory.</returns>
    public static bool TryRemove(string stateDirectory)
    {
        if (IsRunning(AgentSettings.ControlSocketOf(stateDirectory)))
        {
            return false;
        }

        string pins = AgentSettings.PinDirectoryOf(stateDirectory);
        KernelLeftovers.Remove(pins);
        PinDirectory.Close(pins);
        using Rtnetlink route = Rtnetlink.Open();
        foreach (LinkInfo link in route.Links().Where(link => link.Name.StartsWith(DevicePrefix, StringComparison.Ordinal)))
        {
            _ = route.TryDeleteLink(link.Name);
        }

        using FrameGuard guard = FrameGuard.Open();
        guard.ReleaseAll();
        return true;
    }

    private static bool IsRunning(string socket)
    {
        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
