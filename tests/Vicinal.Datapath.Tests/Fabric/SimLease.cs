using Vicinal.Forwarding;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>A node's leases, which tests end and renew.</summary>
internal sealed class SimLease : IGatewayLease
{
    private readonly HashSet<GatewayLease> _ended = [];
    private long _last = long.MaxValue;

    /// <summary>Of all kinds.</summary>
    public bool Runs
    {
        set
        {
            _ended.Clear();
            _last = long.MaxValue;
            if (!value)
            {
                _ended.UnionWith([GatewayLease.Short, GatewayLease.Long]);
            }
        }
    }

    public long Asked { get; private set; }

    public void End(GatewayLease kind) => _ended.Add(kind);

    /// <summary>All kinds, once they were asked for so many times more.</summary>
    public void EndsAfter(int questions) => _last = Asked + questions;

    public bool Holds(GatewayLease kind)
    {
        kind.ShouldNotBe(GatewayLease.None, "which holds for ever");
        return ++Asked <= _last && !_ended.Contains(kind);
    }
}
