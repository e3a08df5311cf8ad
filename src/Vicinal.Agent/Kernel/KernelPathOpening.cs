using Microsoft.Extensions.Logging;
using Vicinal.Datapath;
using Vicinal.Devices.Guards;
using Vicinal.Ebpf;

namespace Vicinal.Agent.Kernel;

/// <summary>Takes the kernel fast path where it is asked for or offers itself, and says which datapath serves and why.</summary>
internal static class KernelPathOpening
{
    /// <returns>Null: packets are carried in C#.</returns>
    /// <exception cref="KernelRefusalException">It was asked for, and cannot serve here.</exception>
    public static KernelPath? Open(AgentSettings settings, FrameGuard guard, NodeLimits limits, ILogger log)
    {
        if (settings.Datapath == DatapathKind.Userspace)
        {
            KernelLeftovers.Remove(settings.PinDirectory);
            log.LogInformation("Datapath userspace");
            return null;
        }

        try
        {
            DatapathChoice choice = DatapathChoice.Of(settings.Datapath, settings.Attach, KernelFeatures.Probe());
            if (choice.Attach is not { } attach)
            {
                throw new KernelRefusalException(choice.Refusal!);
            }

            KernelPath kernel = KernelPath.Open(settings, attach, guard, limits, log);
            kernel.Log(log);
            return kernel;
        }
        catch (KernelRefusalException e) when (settings.Datapath == DatapathKind.Auto)
        {
            log.LogInformation("Datapath userspace, since the kernel fast path cannot serve here: {Reason}", e.Message);
            return null;
        }
    }
}
