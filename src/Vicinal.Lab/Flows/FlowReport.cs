namespace Vicinal.Lab.Flows;

/// <summary>One thing that a flow claims, and what this run saw of it.</summary>
public sealed record FlowCheck(string Claim, bool Holds, string Evidence);

/// <summary>What one stage of a node's pipeline says it did.</summary>
/// <param name="Rewrites">The header fields that it changed, each as "old -> new".</param>
public sealed record FlowStep(string Stage, string What, IReadOnlyList<string> Rewrites);

/// <summary>A node that the packet passed.</summary>
/// <param name="Leaves">How the packet left: to a port, into a tunnel, out of a NIC.</param>
public sealed record FlowHop(string Node, IReadOnlyList<FlowStep> Steps, string Leaves);

/// <summary>What one flow did and showed. It passes when every check holds.</summary>
public sealed class FlowReport(string number, string title, string seed)
{
    private readonly List<string> _sent = [];
    private readonly List<FlowCheck> _checks = [];
    private readonly List<FlowHop> _path = [];

    public string Number { get; } = number;

    public string Title { get; } = title;

    /// <summary>The sentence of the documents that it shows, in our words.</summary>
    public string Seed { get; } = seed;

    public IReadOnlyList<string> Sent => _sent;

    public IReadOnlyList<FlowCheck> Checks => _checks;

    public IReadOnlyList<FlowHop> Path => _path;

    public bool Passed => _checks.Count > 0 && _checks.All(check => check.Holds);

    public void Send(string what) => _sent.Add(what);

    public void Check(string claim, bool holds, string evidence = "") => _checks.Add(new FlowCheck(claim, holds, evidence));

    public void Walked(IEnumerable<FlowHop> hops) => _path.AddRange(hops);

    /// <summary>A probe that threw is a check that failed, so that the flows after it still run.</summary>
    public void Broke(Exception e) => _checks.Add(new FlowCheck("the flow ran to its end", Holds: false, e.Message));
}
