namespace Vicinal.Server.Gateways;

/// <summary>Who serves a router's gateway, by its own word.</summary>
/// <param name="Host">Null where the last one to serve said that it does no longer, and no other has said that it does.</param>
/// <param name="Epoch">Under which it serves, or served.</param>
/// <param name="Since">When this server heard of it.</param>
/// <param name="Before">Who served before; null for none that is known.</param>
public sealed record ActiveGateway(string? Host, ulong Epoch, DateTimeOffset Since, string? Before);
