namespace Vicinal.Gateways.Bfd;

/// <summary>RFC 5880 section 4.1, the Diag field: why the session last left Up.</summary>
public enum BfdDiagnostic : byte
{
    None = 0,
    DetectionTimeExpired = 1,
    EchoFailed = 2,
    NeighborSignaledDown = 3,
    ForwardingPlaneReset = 4,
    PathDown = 5,
    ConcatenatedPathDown = 6,
    AdministrativelyDown = 7,
    ReverseConcatenatedPathDown = 8,
}
