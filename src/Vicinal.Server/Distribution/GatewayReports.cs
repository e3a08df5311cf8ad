using Microsoft.Extensions.Logging;
using Vicinal.Protocol.Gateways;
using Vicinal.Server.Gateways;

namespace Vicinal.Server.Distribution;

/// <summary>
/// Takes what nodes say of the gateways that they serve, and lets the status of floating IPs there follow. A handover is said by two nodes one
/// after the other, so that a gateway counts as not served only when it was not for a while.
/// </summary>
internal sealed class GatewayReports(ActiveGateways gateways, NodeWords words, TimeProvider time, ILogger log) : IDisposable
{
    private static readonly TimeSpan s_handover = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();

    /// <summary>On the thread of the node's stream.</summary>
    public void Told(string host, bool all, IReadOnlyList<GatewayRoleReport> reports)
    {
        List<(Guid Router, DateTimeOffset Since)> unserved = [];
        foreach (Guid router in gateways.Told(host, all, reports))
        {
            words.GatewayMoved(router);
            if (gateways.Find(router) is { Host: null } told)
            {
                unserved.Add((router, told.Since));
            }
        }

        if (unserved.Count > 0)
        {
            _ = LoseAsync(host, unserved, _stopping.Token);
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task LoseAsync(string host, List<(Guid Router, DateTimeOffset Since)> unserved, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(s_handover, time, cancellation);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        foreach ((Guid router, DateTimeOffset since) in unserved.Where(lost => gateways.Find(lost.Router) is { Host: null } told && told.Since == lost.Since))
        {
            log.LogWarning("The gateway of router {Router} is served by nobody, before by {From}", router, host);
            words.GatewayLost(router);
        }
    }
}
