using Spectre.Console;
using Vicinal.Lab;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Rest;

namespace Vicinal.Cli.Demo;

/// <summary>Says who carried the packets: the agents themselves, or programs in the kernel and how much of it.</summary>
internal sealed class DatapathRenderer(IAnsiConsole console)
{
    /// <summary>One line for all nodes that run alike.</summary>
    public void Name(IEnumerable<NodeDatapath> nodes)
    {
        foreach (IGrouping<string, NodeDatapath> alike in nodes.GroupBy(Describe))
        {
            console.MarkupLineInterpolated($"Datapath of {string.Join(", ", alike.Select(node => node.Node))}: {alike.Key}");
        }
    }

    /// <summary>What the kernel's entries carried on each node; nothing where no node has any.</summary>
    public void Counters(LabCloud cloud)
    {
        List<NodeDatapath> nodes = [.. cloud.ReadDatapaths().Where(node => node.Counts is not null)];
        if (nodes.Count == 0)
        {
            return;
        }

        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns("node", "entries", "carried in the kernel", "to the agent: new", "stale", "unfit", "share in the kernel", "without an entry (ARP, ...)", "lost");
        foreach (int column in Enumerable.Range(1, table.Columns.Count - 1))
        {
            table.Columns[column].RightAligned();
        }

        foreach (NodeDatapath node in nodes)
        {
            KernelCounts counts = node.Counts!;
            int entries = CachedFlow.Read(node.Node, cloud.StateOf(node.Node)).Count(flow => flow.InKernel);
            table.AddRow(
                node.Node, $"{entries}", $"{counts.Forwarded}", $"{counts.New}", $"{counts.Stale}", $"{counts.Refused}", $"{counts.Share:P1}", $"{counts.Unusual}", $"{counts.Lost}");
        }

        console.WriteLine();
        console.MarkupLine("[bold]Packets at the kernel's programs[/]  [grey]each flow's first packet is decided by the agent, and these flows are short[/]");
        console.Write(table);
    }

    /// <summary>One flow that lasts, across two nodes: how much of it the kernel carries once it is decided. Nothing where no node has a kernel path.</summary>
    public void Established(LabCloud cloud)
    {
        const int decided = 10;
        const int pings = 300;
        if (cloud.ReadDatapaths().All(node => node.Counts is null))
        {
            return;
        }

        Instance from = cloud.Instances["vm1"];
        Instance to = cloud.Instances["vm3"];
        KernelCounts before = KernelCounts.None;
        PingOptions options = new() { Count = decided + pings, Done = number => before = number == decided ? Sum(cloud) : before };
        int answered = PingProbe.Run(from.Namespace, to.Address, options).Skip(decided).Count(reply => reply is { IsEcho: true });
        KernelCounts counts = Sum(cloud) - before;
        console.WriteLine();
        console.MarkupLineInterpolated(
            $"[bold]A flow that lasts:[/] vm1 -> vm3, {pings} pings after the first {decided}, {answered} answered: {counts.Forwarded} packets carried in the kernel on both nodes, {counts.Decided} asked of the agents: {counts.Share:P1}");
    }

    private static KernelCounts Sum(LabCloud cloud) =>
        cloud.ReadDatapaths().Select(node => node.Counts).OfType<KernelCounts>().Aggregate(KernelCounts.None, (sum, next) => sum + next);

    private static string Describe(NodeDatapath node) => node.Kind switch
    {
        "ebpf" => $"ebpf, programs attached by {node.Attach}, {(node.Pinned ? "pinned" : $"not pinned: {node.PinRefusal}")}",
        _ => $"{node.Kind}, the agent carries every packet",
    };
}
