using Vicinal.Forwarding;
using Vicinal.Gateways.Messages;
using Vicinal.Packets;

namespace Vicinal.Gateways.Elections;

/// <summary>
/// The witness set, which the server changes by one member at a time. Majorities of neighbouring versions meet, those of versions further apart need not:
/// a witness therefore goes along with its own version and with the next one, and who is behind is told what is newer, as rows take their time.
/// </summary>
public sealed partial class GatewayElection
{
    private uint _witnessVersion;

    private void SetPolicy(GatewayPolicyRow? policy, long now)
    {
        GatewayPolicyRow? before = _policy;
        _policy = policy;
        if (policy is null)
        {
            SetWitnesses(0, [], now);
            return;
        }

        _times = ElectionTimes.Of(policy);
        _lease.Periods = _times.Periods;
        _witness.Periods = _times.Periods;

        // Another node may have told of a newer set. A version that falls is another server's.
        if (before is null || policy.Version < before.Version || policy.Version >= _witnessVersion)
        {
            SetWitnesses(policy.Version, HostsOf(policy.Witnesses), now);
        }

        if (before is null)
        {
            _listensUntil = now + ElectionTimes.Listen;
            _asksWhoServes = s_whoServesPauses.Length;
            _peersDue = now;
        }

        MarkAll();
    }

    private int[] HostsOf(ValueList<string> names)
    {
        int[] hosts = new int[names.Count];
        for (int i = 0; i < hosts.Length; i++)
        {
            hosts[i] = Hosts.Intern(names[i]);
            _ = PeerOf(hosts[i]);
        }

        return hosts;
    }

    private void SetWitnesses(uint version, ReadOnlySpan<int> hosts, long now)
    {
        _witnessVersion = version;
        _outbox.Witnesses = version;
        byte gone = _lease.SetWitnesses(hosts);
        _draining.Recount(gone);
        foreach (ElectedRouter router in _routers)
        {
            router.Granted &= (byte)~gone;
            router.AskedGranted &= (byte)~gone;
            router.NextAsk.AsSpan().Clear();
            if (router.IsServed)
            {
                _lease.Recount(router.Held, router.Granted);
            }
        }

        _renewalsDue = now;
        MarkAll();
    }

    /// <summary>Whether this node, as a witness, may answer one that goes by the version.</summary>
    private bool GoesBy(int host, uint version)
    {
        if (version == _witnessVersion || version == _witnessVersion + 1)
        {
            return true;
        }

        TellWitnesses(host);
        return false;
    }

    /// <summary>In a message of its own, as it is a whole set.</summary>
    private void TellWitnesses(int host)
    {
        OutgoingMessage message = _outbox.Whole(host, MessageKind.Witnesses, []);
        for (int seat = 0; seat < Leases.NodeLease.MaxSeats; seat++)
        {
            if (_lease.Seat(seat) is { } witness)
            {
                WireGuid.Write(message.Room, Hosts.IdOf(witness.Host));
                message.Length += WireGuid.Size;
                message.AddToCount();
            }
        }
    }

    private void HandleWitnesses(int host, in MessageReader message, long now)
    {
        if (message.Header.Witnesses < _witnessVersion)
        {
            TellWitnesses(host);
        }

        if (message.Header.Witnesses <= _witnessVersion || message.Count is 0 or > Leases.NodeLease.MaxSeats)
        {
            return;
        }

        Span<int> hosts = stackalloc int[message.Count];
        for (int i = 0; i < hosts.Length; i++)
        {
            if (!Hosts.TryFind(WireGuid.Read(message.Entry(i)), out hosts[i]))
            {
                return;
            }
        }

        SetWitnesses(message.Header.Witnesses, hosts, now);
    }
}
