using Vicinal.Packets;

namespace Vicinal.Model.Paths;

/// <summary>
/// The nodes that a flow touches on its way there, and no other; the way back is that of the other end. This is what is promised to operators, and it is written down apart from what makes it so:
/// the page that says how to choose a mode, the plan of a migration and the captures of the scenario tests are all held to it.
/// </summary>
/// <param name="Nodes">In the order of the way there, each joined to the next by the underlay; empty where there is no way.</param>
/// <param name="Outside">The node on whose external NIC it passes; null where it stays inside.</param>
public sealed record FlowPath(ValueList<string> Nodes, string? Outside)
{
    public static FlowPath Nowhere { get; } = new([], null);

    /// <summary>The nodes whose underlay NICs carry it.</summary>
    public IReadOnlyList<string> Tunnelled => Nodes.Count > 1 ? [.. Nodes.Distinct(StringComparer.Ordinal)] : [];

    /// <summary>The way of a flow of an instance. With the outside and with the router both directions have the same one.</summary>
    /// <param name="distributed">How the router is served. Whether it is so by one gateway node or by one of several makes no difference here.</param>
    /// <param name="from">The instance's node.</param>
    /// <param name="to">The other instance's node, where there is one.</param>
    /// <param name="gateway">The node that serves what is not distributed; null while there is none.</param>
    public static FlowPath Of(FlowKind kind, bool distributed, FlowNode from, FlowNode? to, string? gateway) => kind switch
    {
        FlowKind.SameNetwork => Along(null, from.Name, to?.Name),
        FlowKind.EastWest when distributed && from.Routes => Along(null, from.Name, to?.Name),
        FlowKind.RouterAddress when distributed && from.Routes => Along(null, from.Name),
        FlowKind.FloatingIp when distributed && from.TranslatesFloatingIps => Along(from.Name, from.Name),
        _ when gateway is null => Nowhere,
        FlowKind.EastWest => Along(null, from.Name, gateway, to?.Name),
        FlowKind.RouterAddress => Along(null, from.Name, gateway),
        _ => Along(gateway, from.Name, gateway),
    };

    /// <summary>As a page or a plan shows it.</summary>
    public override string ToString() => Nodes.IsEmpty ? "nowhere" : string.Join(" → ", Outside is null ? Nodes : [.. Nodes, "outside"]);

    /// <summary>A stop on the node where it already is is none.</summary>
    private static FlowPath Along(string? outside, params ReadOnlySpan<string?> stops)
    {
        List<string> nodes = [];
        foreach (string? stop in stops)
        {
            if (stop is not null && (nodes.Count == 0 || nodes[^1] != stop))
            {
                nodes.Add(stop);
            }
        }

        return new FlowPath(nodes.ToValueList(), outside);
    }
}
