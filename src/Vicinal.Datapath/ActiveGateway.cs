namespace Vicinal.Datapath;

/// <summary>The node that serves what of a router is not distributed.</summary>
/// <param name="Host">Null: nobody does.</param>
public readonly record struct ActiveGateway(Guid RouterId, string? Host);
