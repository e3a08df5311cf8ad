using System.Net;
using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Checks;

/// <summary>What is open to whom.</summary>
internal static class ExposureRules
{
    public static void Check(Site site, FindingList found)
    {
        if (site.Tls.Value is null && site.AgentsEndPoint is { } agents && !IPAddress.IsLoopback(agents.Address))
        {
            found.Add(FindingKinds.AgentsWithoutTls, site.Tls.Place, $"agents speak to {agents} in plain text");
        }

        if (!IPAddress.IsLoopback(IPEndPoint.Parse(site.Server.Listen.Value).Address))
        {
            found.Add(FindingKinds.ApiOpen, site.Server.Listen.Place, $"the API listens at {site.Server.Listen.Value} and asks nobody who they are");
        }
    }
}
