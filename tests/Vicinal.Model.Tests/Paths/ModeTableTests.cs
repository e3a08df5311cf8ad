using Vicinal.Model.Paths;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Paths;

/// <summary>The table on the operators' page is the description, and no copy that ages.</summary>
public sealed class ModeTableTests
{
    private const string Page = "docs/choosing-a-mode.md";

    private static readonly FlowNode s_a = new("A");
    private static readonly FlowNode s_b = new("B");
    private static readonly FlowNode s_inside = new("A", AgentModes.DvrNoExternal);

    private static readonly (string Name, FlowKind Kind, FlowNode? To)[] s_flows =
    [
        ("same network, two nodes", FlowKind.SameNetwork, s_b),
        ("east-west, two nodes", FlowKind.EastWest, s_b),
        ("east-west, one node", FlowKind.EastWest, s_a),
        ("the router's own address", FlowKind.RouterAddress, null),
        ("floating IP, in and out", FlowKind.FloatingIp, null),
        ("IPv4 without a floating IP (source NAT)", FlowKind.SourceNat, null),
        ("IPv6 to and from outside", FlowKind.Ipv6NorthSouth, null),
    ];

    [Fact]
    public void The_operators_page_shows_what_each_flow_touches()
    {
        string page = File.ReadAllText(Path.Combine(Root(), Page));
        string[] lines =
        [
            "| Flow of an instance on node A | centralized | distributed | distributed, A without external access |",
            "|---|---|---|---|",
            .. s_flows.Select(flow => $"| {flow.Name} | {Way(flow.Kind, false, s_a, flow.To)} | {Way(flow.Kind, true, s_a, flow.To)} | {Way(flow.Kind, true, s_inside, flow.To)} |"),
        ];
        page.ShouldContain(string.Join('\n', lines), Case.Sensitive, $"{Page} is to have this table");
    }

    private static FlowPath Way(FlowKind kind, bool distributed, FlowNode from, FlowNode? to) => FlowPath.Of(kind, distributed, from, to, "G");

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Vicinal.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run from inside a checkout.");
    }
}
