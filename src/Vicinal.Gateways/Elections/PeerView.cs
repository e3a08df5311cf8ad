using Vicinal.Gateways.Bfd;

namespace Vicinal.Gateways.Elections;

/// <summary>A BFD session with another node, for who looks; times are nanoseconds.</summary>
/// <param name="Interval">Between two packets of this node.</param>
/// <param name="DetectionTime">The other node is down after so long without a packet.</param>
/// <param name="LastPacket">When its newest packet came.</param>
/// <param name="Downs">How often the session was up and went down.</param>
public readonly record struct PeerView(string Host, BfdState State, BfdDiagnostic Diagnostic, long Interval, long DetectionTime, long LastPacket, int Downs);
