namespace Vicinal.Gateways.Elections;

/// <summary>Who this node is to the others.</summary>
/// <param name="Host">As rows name it.</param>
/// <param name="Incarnation">
/// Rises with each start of the process, over reboots too: nanoseconds of wall-clock time at the start will do. What an earlier process
/// was granted is not this one's.
/// </param>
/// <param name="Seed">Of the chance that BFD's jitter and discriminators need.</param>
public sealed record GatewaySettings(string Host, ulong Incarnation, int Seed);
