namespace Vicinal.Gateways.Elections;

/// <summary>A witness as this node sees it, for who looks.</summary>
/// <param name="LastAnswer">When the newest renewal that it confirmed was sent; null when it has confirmed none.</param>
public readonly record struct WitnessView(string Host, long? LastAnswer);
