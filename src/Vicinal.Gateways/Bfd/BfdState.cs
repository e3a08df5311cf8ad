namespace Vicinal.Gateways.Bfd;

/// <summary>RFC 5880 section 4.1, the Sta field.</summary>
public enum BfdState : byte
{
    AdminDown = 0,
    Down = 1,
    Init = 2,
    Up = 3,
}
