namespace Vicinal.Gateways.Messages;

/// <summary>What a control message is: its second octet. The numbers are on the wire and stay.</summary>
public enum MessageKind : byte
{
    /// <summary>A holder to a witness: confirm that you hear me.</summary>
    Renew = 1,

    /// <summary>A witness to a holder: heard, or a new session for who was not known.</summary>
    Renewed = 2,

    /// <summary>A witness to a holder: these routers are another's now, or are to be.</summary>
    Revoked = 3,

    /// <summary>A gateway node to a witness: let me serve these routers.</summary>
    Take = 4,
    Granted = 5,
    Refused = 6,

    /// <summary>A holder to witnesses and gateway nodes: I serve these routers no longer.</summary>
    Release = 7,
    Released = 8,

    /// <summary>The active gateway to its successor: be ready.</summary>
    Prepare = 9,
    Prepared = 10,

    /// <summary>A gateway node of higher priority to the active one: hand over to me.</summary>
    Reclaim = 11,

    /// <summary>The active gateway to every node: I serve these routers.</summary>
    Claim = 12,
    ClaimHeard = 13,

    /// <summary>From a node that has just come: tell me what you serve.</summary>
    WhoServes = 14,

    /// <summary>Gateway nodes of one router to each other: how I am.</summary>
    Hello = 15,

    /// <summary>To a node that goes by another witness set: the newer one.</summary>
    Witnesses = 16,

    /// <summary>The active gateway to a standby: connections.</summary>
    Replicate = 32,
    Replicated = 33,
}
