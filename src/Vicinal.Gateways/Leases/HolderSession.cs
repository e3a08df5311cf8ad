using Vicinal.Forwarding;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Leases;

/// <summary>
/// What a witness remembers of one process of one holder: when it last confirmed its lease, and what it took from it since. A holder that
/// starts anew gets a new session; grants of the earlier one end when that one's lease does.
/// </summary>
internal sealed class HolderSession(int host, ulong incarnation, ulong number)
{
    private readonly List<RouterEpoch> _revoked = [];
    private long _shortEnd = long.MinValue;
    private long _longEnd = long.MinValue;

    public int Host { get; } = host;

    public ulong Incarnation { get; } = incarnation;

    /// <summary>Of no other session of this witness, nor of its earlier processes.</summary>
    public ulong Number { get; } = number;

    /// <summary>When anything came in.</summary>
    public long LastHeard { get; set; }

    /// <summary>The number of the newest revocation; the first is 1.</summary>
    public uint Newest { get; private set; }

    /// <summary>The holder has carried out everything up to here.</summary>
    public uint Heeded { get; private set; }

    /// <summary>Those that the holder has not confirmed, in order; the first has the number <see cref="Heeded"/> + 1.</summary>
    public IReadOnlyList<RouterEpoch> Pending => _revoked;

    /// <summary>Until when the holder may go on with what it has of that kind, by the witness' clock and with its margin.</summary>
    public long EndOf(GatewayLease lease) => lease == GatewayLease.Long ? _longEnd : _shortEnd;

    /// <summary>A renewal was confirmed. A period that became shorter does not shorten what was promised before.</summary>
    public void Lengthen(LeasePeriods periods, long now)
    {
        _shortEnd = Math.Max(_shortEnd, now + periods.AtWitness(GatewayLease.Short));
        _longEnd = Math.Max(_longEnd, now + periods.AtWitness(GatewayLease.Long));
    }

    public void Revoke(Guid routerId, Epoch epoch)
    {
        _revoked.Add(new RouterEpoch(routerId, epoch));
        Newest++;
    }

    /// <summary>The next revocation that the holder says to have carried out, up to <paramref name="upTo"/>. A number that was never given confirms nothing.</summary>
    public bool TryHeed(uint upTo, out RouterEpoch revoked)
    {
        revoked = default;
        if (upTo > Newest || Heeded >= upTo)
        {
            return false;
        }

        revoked = _revoked[0];
        _revoked.RemoveAt(0);
        Heeded++;
        return true;
    }
}
