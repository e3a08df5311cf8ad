using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>As whom a port speaks to the node's services.</summary>
internal record struct ServiceClient(IpAddress Address, MacAddress Mac, long LastUsed)
{
    public readonly bool IsFree => Mac.IsZero;
}
