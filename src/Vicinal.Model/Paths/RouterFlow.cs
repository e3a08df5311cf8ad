namespace Vicinal.Model.Paths;

/// <summary>A flow of a router's instances, as one of them stands for all that go the same way.</summary>
/// <param name="Label">As a plan shows it.</param>
public sealed record RouterFlow(string Label, FlowKind Kind, FlowNode From, FlowNode? To = null)
{
    public FlowPath Path(bool distributed, string? gateway) => FlowPath.Of(Kind, distributed, From, To, gateway);
}
