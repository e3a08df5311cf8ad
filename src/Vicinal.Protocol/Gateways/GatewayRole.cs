namespace Vicinal.Protocol.Gateways;

/// <summary>What a node is for a router's gateway. The numbers cross the wire.</summary>
public enum GatewayRole : byte
{
    /// <summary>Neither of the two any more.</summary>
    None = 0,

    Standby = 1,

    /// <summary>It serves.</summary>
    Active = 2,
}

/// <summary>A node's own word on its role for one router.</summary>
/// <param name="Epoch">Under which the active node serves: of two that say active, the newer one is right.</param>
public readonly record struct GatewayRoleReport(Guid RouterId, GatewayRole Role, ulong Epoch);
