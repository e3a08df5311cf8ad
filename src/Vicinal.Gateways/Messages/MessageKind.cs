namespace Vicinal.Gateways.Messages;

/// <summary>The second octet of each control message; the first is the version.</summary>
public enum MessageKind : byte
{
    Renew = 1,
    Renewed = 2,
    Revoked = 3,
    Take = 4,
    Granted = 5,
    Refused = 6,
    Release = 7,
    Released = 8,
    Prepare = 9,
    Prepared = 10,
    Reclaim = 11,
    Claim = 12,
    ClaimHeard = 13,
    WhoServes = 14,
    Hello = 15,
    Replicate = 32,
    Replicated = 33,
}
