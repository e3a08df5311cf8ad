using Vicinal.Forwarding;

namespace Vicinal.Gateways.Elections;

/// <summary>
/// Who serves each router's gateway, as one node takes part in agreeing on it: as witness, as holder, as standby and as one that follows.
/// A state machine of one thread; time is nanoseconds of the monotonic clock. Every input may cause effects, which the caller carries out.
/// </summary>
public sealed class GatewayElection(GatewaySettings settings, long now)
{
    public HostTable Hosts { get; } = new();

    /// <summary>The caller calls <see cref="Tick"/> no later than this.</summary>
    public long NextDue { get; private set; } = now;

    /// <summary>Routers that this node serves, or would if its lease held.</summary>
    public int HeldCount { get; private set; }

    /// <summary>Rows as they come; kinds that say nothing of gateways are passed over. The first call has the whole first state.</summary>
    public void Apply(ReadOnlySpan<RowChange> changes, long now, GatewayEffects effects) => throw new NotSupportedException(settings.Host);

    /// <summary>The data path has applied its first full state and its heartbeat is fresh.</summary>
    public void SetReady(bool ready, long now, GatewayEffects effects) => throw new NotSupportedException();

    /// <summary>An external network on this node: its NIC has a carrier, and its next hop answers.</summary>
    public void SetHealth(Guid networkId, bool link, UpstreamState upstream, long now, GatewayEffects effects) => throw new NotSupportedException();

    /// <summary>The connections of the router that the active node replicates are here in full, or no longer.</summary>
    public void SetReplicated(Guid routerId, string active, bool inFull, long now, GatewayEffects effects) => throw new NotSupportedException();

    /// <summary>The answer to a <see cref="FlushRequest"/>.</summary>
    public void ConnectionsFlushed(Guid routerId, string standby, long now, GatewayEffects effects) => throw new NotSupportedException();

    /// <summary>The process is about to end: hands over what it serves, as far as somebody can take it. Done when <see cref="HeldCount"/> is 0.</summary>
    public void Leave(long now, GatewayEffects effects) => throw new NotSupportedException();

    /// <summary>A control message from a known node.</summary>
    public void Receive(int host, ReadOnlySpan<byte> message, long now, GatewayEffects effects) => throw new NotSupportedException();

    /// <summary>A BFD control packet from a known node; the caller has looked at its TTL.</summary>
    public void ReceiveBfd(int host, ReadOnlySpan<byte> packet, long now, GatewayEffects effects) => throw new NotSupportedException();

    /// <summary>
    /// Everything that time brings about. The caller drains its sockets first. A tick that comes late is a stall of this node's own, and no
    /// peer is declared down for it.
    /// </summary>
    public void Tick(long now, GatewayEffects effects) => NextDue = now;

    public void CopyViews(List<GatewayView> to) => HeldCount = to.Count;
}
