using Vicinal.Packets;

namespace Vicinal.Deployment.Live;

/// <summary>Whether another node's tunnel address answered to an echo, and to one that fills a tunnel packet and may not be cut.</summary>
/// <param name="Size">Bytes of that IP packet.</param>
public sealed record TunnelProbe(string Node, IpAddress Address, int Size, bool AnswersSmall, bool AnswersFull);
