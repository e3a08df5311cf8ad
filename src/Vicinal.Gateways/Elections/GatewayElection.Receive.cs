using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

public sealed partial class GatewayElection
{
    /// <summary>A control message from a known node. What is damaged, of another version or late is passed over.</summary>
    public void Receive(int host, ReadOnlySpan<byte> message, long now, GatewayEffects effects)
    {
        Begin(effects, now);
        if (host != _self && host >= 0 && host < Hosts.Count)
        {
            Handle(host, message, now);
        }

        Settle(now);
    }

    private void Handle(int host, ReadOnlySpan<byte> bytes, long now)
    {
        // Without a policy there is nothing to agree on, and nothing that a witness could promise.
        if (_policy is null || !MessageReader.TryOpen(bytes, out MessageReader message))
        {
            return;
        }

        Peer peer = PeerOf(host);
        ulong known = peer.Incarnation;
        if (!peer.Accepts(message.Header.Incarnation, now))
        {
            return;
        }

        if (known != peer.Incarnation)
        {
            WitnessRestarted(host, now);
        }

        switch (message.Header.Kind)
        {
            case MessageKind.Renew:
                HandleRenew(host, in message, now);
                break;
            case MessageKind.Renewed:
                HandleRenewed(host, in message, now);
                break;
            case MessageKind.Revoked:
                HandleRevoked(host, in message, now);
                break;
            case MessageKind.Take:
                HandleTake(host, in message, now);
                break;
            case MessageKind.Granted:
                HandleGranted(host, in message, now);
                break;
            case MessageKind.Refused:
                HandleRefused(host, in message, now);
                break;
            case MessageKind.Release:
                HandleRelease(host, in message, now);
                break;
            case MessageKind.Released:
                HandleReleased(host, in message);
                break;
            case MessageKind.Witnesses:
                HandleWitnesses(host, in message, now);
                break;
            default:
                HandleAmongNodes(peer, in message, now);
                break;
        }
    }

    /// <summary>What has nothing to do with witnesses.</summary>
    private void HandleAmongNodes(Peer peer, in MessageReader message, long now)
    {
        switch (message.Header.Kind)
        {
            case MessageKind.Prepare:
                HandlePrepare(peer.Host, in message, now);
                break;
            case MessageKind.Prepared:
                HandlePrepared(peer.Host, in message, now);
                break;
            case MessageKind.Reclaim:
                HandleReclaim(peer.Host, in message, now);
                break;
            case MessageKind.Claim:
                HandleClaim(peer, in message, now);
                break;
            case MessageKind.ClaimHeard:
                HandleClaimHeard(peer, in message, now);
                break;
            case MessageKind.WhoServes:
                peer.ClaimsHeard = 0;
                ClaimSoon(peer, now);
                break;
            case MessageKind.Hello:
                HandleHello(peer, in message, now);
                break;
            default:
                break;
        }
    }
}
