namespace Vicinal.Model.Paths;

/// <summary>The way of a flow as it is and as it will be.</summary>
public sealed record PlannedFlow(string Flow, FlowPath Now, FlowPath Then);
