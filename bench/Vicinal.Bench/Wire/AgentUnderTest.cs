using System.Text.Json.Nodes;
using Vicinal.Bench.Measuring;
using Vicinal.Lab.Rest;

namespace Vicinal.Bench.Wire;

/// <summary>An agent that decides about a path's new connections.</summary>
internal sealed record AgentUnderTest(int Id, string StateDirectory)
{
    public double CpuSeconds => ProcessClock.Seconds(Id);

    /// <summary>Packets that the kernel brought up to it so far; NaN where the kernel carries none.</summary>
    public double Upcalls => (double?)(AgentSocket.Get(StateDirectory, "status")["kernel"] as JsonObject)?["upcalls_received"] ?? double.NaN;
}
