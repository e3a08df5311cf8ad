namespace Vicinal.Architecture.Tests;

/// <summary>The arrows between the projects: each may reference what stands here, and only that.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        ["Packets"] = [],
        ["Model"] = ["Packets"],
        ["Forwarding"] = ["Packets"],
        ["Compiler"] = ["Model", "Forwarding"],
        ["Services"] = ["Forwarding", "Packets"],
        ["Datapath"] = ["Forwarding", "Services", "Packets"],
        ["Gateways"] = ["Forwarding", "Packets"],
        ["Trace"] = ["Compiler", "Datapath"],
        ["Devices"] = ["Packets"],
        ["Ebpf"] = ["Forwarding", "Devices"],
        ["Protocol"] = ["Forwarding"],
        ["Agent"] = ["Datapath", "Gateways", "Devices", "Ebpf", "Protocol"],
        ["Server"] = ["Model", "Compiler", "Trace", "Protocol"],
        ["Deployment"] = ["Model"],
        ["Lab"] = ["Devices", "Model", "Deployment"],
        ["Cli"] = ["Agent", "Server", "Lab", "Deployment"],
    };

    [Fact]
    public void Every_project_references_only_what_its_place_allows()
    {
        List<string> broken = [];
        foreach (string project in Repository.Projects("src"))
        {
            string name = Path.GetFileNameWithoutExtension(project)["Vicinal.".Length..];
            if (!s_allowed.TryGetValue(name, out string[]? allowed))
            {
                broken.Add($"{name} has no place in the house: add it here and to ARCHITECTURE.md");
                continue;
            }

            broken.AddRange(Repository.ReferencesOf(project).Except(allowed, StringComparer.Ordinal).Select(to => $"{name} -> {to}"));
        }

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void The_architecture_page_names_every_project()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "ARCHITECTURE.md"));
        Repository.Projects("src").Select(project => Path.GetFileNameWithoutExtension(project))
            .Where(name => !page.Contains(name, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "Vicinal.slnx"));
        Repository.Projects("src").Concat(Repository.Projects("tests")).Concat(Repository.Projects("bench"))
            .Select(Repository.Relative).Where(path => !solution.Contains(path, StringComparison.Ordinal)).ShouldBeEmpty();
    }
}
