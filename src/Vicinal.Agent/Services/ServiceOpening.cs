using Microsoft.Extensions.Logging;
using Vicinal.Devices;

namespace Vicinal.Agent.Services;

/// <summary>Makes the place for the sockets that serve instances, or says why this node has none.</summary>
internal static class ServiceOpening
{
    /// <returns>Null: instances reach neither metadata nor resolver here; all else goes on.</returns>
    public static ServiceNamespace? Open(ILogger log)
    {
        try
        {
            return ServiceNamespace.Open();
        }
        catch (DeviceException e)
        {
            log.LogWarning("Instances on this node have no metadata and no resolver: {Error}", e.Message);
            return null;
        }
    }
}
