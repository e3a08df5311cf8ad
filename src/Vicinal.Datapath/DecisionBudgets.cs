using Vicinal.Datapath.State;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>
/// How many slow-path decisions each may cause: a local port as a sender, and what comes from outside by its destination, so that a
/// flood to one address leaves the others their ARP and their new connections.
/// </summary>
internal sealed class DecisionBudgets(NodeLimits limits)
{
    private const int Destinations = 1024;

    private readonly TokenBucket[] _byDestination = new TokenBucket[Destinations];
    private TokenBucket _icmpErrors;

    public bool TryDecide(LocalPort? port, MacAddress destination, long now)
    {
        if (port is not null)
        {
            return port.Budget.TryTake(limits.DecisionsPerSecond, limits.DecisionBurst, now);
        }

        ulong bucket = (destination.Value * 0x9E37_79B9_7F4A_7C15) >> 54;
        return _byDestination[bucket].TryTake(limits.DecisionsPerSecond, limits.DecisionBurst, now);
    }

    public bool TryServe(LocalPort port, long now) =>
        port.ServiceBudget.TryTake(limits.ServiceRequestsPerSecond, limits.ServiceRequestsPerSecond, now);

    public bool TryReportError(long now) =>
        _icmpErrors.TryTake(limits.IcmpErrorsPerSecond, Math.Max(1, limits.IcmpErrorsPerSecond / 2), now);
}
