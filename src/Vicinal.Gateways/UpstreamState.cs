namespace Vicinal.Gateways;

/// <summary>Whether an external network's next hop answers this node.</summary>
public enum UpstreamState : byte
{
    /// <summary>Not asked yet, or there is nobody to ask.</summary>
    Unknown = 0,
    Answers = 1,
    Silent = 2,
}
