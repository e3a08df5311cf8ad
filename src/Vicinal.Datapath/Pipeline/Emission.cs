using Vicinal.Datapath.Flows;
using Vicinal.Datapath.State;

namespace Vicinal.Datapath.Pipeline;

/// <summary>One place that the packet goes to.</summary>
/// <param name="Vlan">The tag that it leaves with; 0 for none.</param>
/// <param name="Port">The local port, where that is the output.</param>
internal readonly record struct Emission(FlowOutput Output, ushort Vlan, LocalPort? Port);
