using System.Text.RegularExpressions;

namespace Vicinal.Architecture.Tests;

/// <summary>What the documents say of the code is there: members of enums, options, files and links.</summary>
public sealed partial class DocumentationTests
{
    /// <summary>Each command, and the page that has its options under a heading of its name.</summary>
    private static readonly (string Command, string Page)[] s_commands =
    [
        ("server", "configuration.md"), ("agent", "configuration.md"), ("demo", "cli.md"), ("lab", "cli.md"), ("deploy", "cli.md"), ("migrate", "cli.md"), ("plug", "cli.md"), ("show", "cli.md"),
    ];

    [Fact]
    public void The_page_of_drop_reasons_has_each_of_them_and_no_other() =>
        RowsOf(Page("drop-reasons.md")).ShouldBe(MembersOf("src/Vicinal.Forwarding/DropReason.cs", "DropReason"), ignoreOrder: true);

    [Fact]
    public void The_page_of_stages_has_each_of_them_and_no_other() =>
        RowsOf(Section(Page("stages.md"), "Stages")).ShouldBe(MembersOf("src/Vicinal.Forwarding/Trace.cs", "Stage"), ignoreOrder: true);

    [Fact]
    public void The_page_of_stages_has_each_disposition_and_no_other() =>
        RowsOf(Section(Page("stages.md"), "Dispositions")).ShouldBe(MembersOf("src/Vicinal.Forwarding/Trace.cs", "Disposition"), ignoreOrder: true);

    [Fact]
    public void The_pages_of_commands_have_each_option_and_no_other()
    {
        foreach ((string command, string page) in s_commands)
        {
            RowsOf(Section(Page(page), $"vicinal {command}")).ShouldBe(OptionsOf(command), ignoreOrder: true, command);
        }
    }

    [Fact]
    public void Every_command_has_its_options_on_a_page() =>
        CommandFiles().Select(file => Path.GetFileNameWithoutExtension(file)[..^"Command".Length].ToLowerInvariant())
            .ShouldBe(s_commands.Select(known => known.Command), ignoreOrder: true);

    [Fact]
    public void Every_page_is_in_the_index()
    {
        string index = Page("README.md");
        Pages().Select(page => Path.GetFileName(page)).Where(name => name != "README.md")
            .Where(name => !index.Contains($"({name})", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_link_between_documents_leads_somewhere()
    {
        List<string> broken = [];
        foreach (string document in Documents())
        {
            string folder = Path.GetDirectoryName(document)!;
            broken.AddRange(Link().Matches(File.ReadAllText(document)).Select(match => match.Groups["target"].Value)
                .Where(target => !target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, target)))
                .Select(target => $"{Repository.Relative(document)}: {target}"));
        }

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void Every_file_that_a_document_names_exists() =>
        Documents().SelectMany(document => FileName().Matches(File.ReadAllText(document))
                .Select(match => match.Groups["path"].Value)
                .Where(path => !Path.Exists(Path.Combine(Repository.Root, path)))
                .Select(path => $"{Repository.Relative(document)}: {path}"))
            .ShouldBeEmpty();

    private static IEnumerable<string> Pages() => Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Documents() =>
        [.. Pages(), .. ((string[])["README.md", "ARCHITECTURE.md", "GLOSSARY.md"]).Select(name => Path.Combine(Repository.Root, name))];

    private static string Page(string name) => File.ReadAllText(Path.Combine(Repository.Root, "docs", name));

    /// <summary>What stands under a heading of the second level, up to the next.</summary>
    private static string Section(string page, string heading)
    {
        string? section = page.Split("\n## ").FirstOrDefault(part => part.StartsWith(heading + "\n", StringComparison.Ordinal));
        return section.ShouldNotBeNull($"no section '{heading}'");
    }

    /// <summary>The names in the first column of the tables, each in backticks.</summary>
    private static List<string> RowsOf(string text) => [.. FirstCell().Matches(text).Select(match => match.Groups["name"].Value)];

    private static List<string> MembersOf(string file, string name)
    {
        string source = Comment().Replace(File.ReadAllText(Path.Combine(Repository.Root, file)), "");
        Match body = Regex.Match(source, $@"\benum {name}\b[^{{]*\{{(?<body>[^}}]*)\}}", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        body.Success.ShouldBeTrue($"{file} declares no enum {name}");
        return [.. body.Groups["body"].Value.Split(',').Select(member => member.Split('=')[0].Trim()).Where(member => member.Length > 0)];
    }

    /// <summary>The files of commands; what commands share is DaemonCommand.</summary>
    private static IEnumerable<string> CommandFiles() => Repository.Sources("src/Vicinal.Cli")
        .Where(file => file.EndsWith("Command.cs", StringComparison.Ordinal) && Path.GetFileName(file) != "DaemonCommand.cs");

    /// <summary>The options that the command's file declares, and those of other files whose types it uses, and of those that they use.</summary>
    private static List<string> OptionsOf(string name)
    {
        string own = CommandFiles().Single(file => Path.GetFileName(file).Equals($"{name}Command.cs", StringComparison.OrdinalIgnoreCase));
        List<string> sources = [File.ReadAllText(own)];
        List<string> others = [.. Repository.Sources("src/Vicinal.Cli").Except(CommandFiles(), StringComparer.Ordinal)];
        for (int i = 0; i < sources.Count; i++)
        {
            List<string> used = others.FindAll(file => Uses(sources[i], Path.GetFileNameWithoutExtension(file)));
            others.RemoveAll(used.Contains);
            sources.AddRange(used.Select(File.ReadAllText));
        }

        return [.. sources.SelectMany(text => Option().Matches(text)).Select(match => match.Groups["name"].Value).Distinct()];
    }

    private static bool Uses(string source, string type) => Regex.IsMatch(source, $@"\b{type}\b", RegexOptions.None, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"^\| `(?<name>[^`]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FirstCell();

    [GeneratedRegex(@"//[^\n]*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"new\(""(?<name>--[a-z0-9-]+)""\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Option();

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(#[^)\s]*)?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"`(?<path>(src|tests|docs|scripts)/[^`\s]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FileName();
}
