namespace Vicinal.Gateways.Elections;

public enum GatewayRole : byte
{
    /// <summary>Not one of the router's gateway nodes.</summary>
    None = 0,
    Standby = 1,
    Active = 2,

    /// <summary>Asks the witnesses.</summary>
    Taking = 3,

    /// <summary>Serves still, and prepares its successor.</summary>
    HandingOver = 4,
}

/// <summary>One router as this node sees it, for who looks.</summary>
/// <param name="Active">Null: nobody that this node knows of.</param>
/// <param name="Eligible">This node could serve it.</param>
/// <param name="Replicated">The connections of the node that serves are here in full.</param>
public readonly record struct GatewayView(Guid RouterId, string? Active, Epoch Epoch, GatewayRole Role, bool Eligible, bool Replicated);
