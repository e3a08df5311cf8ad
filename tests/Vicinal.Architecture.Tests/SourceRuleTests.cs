using System.Text.RegularExpressions;

namespace Vicinal.Architecture.Tests;

/// <summary>Rules about single files: where the kernel is called, what the pure projects may not touch, sizes and names.</summary>
public sealed partial class SourceRuleTests
{
    /// <summary>
    /// Where native code may be called from: devices, the kernel fast path, the store's SQLite binding, and the benches' clocks of CPU
    /// time and batches of datagrams, which .NET does not offer.
    /// </summary>
    private static readonly string[] s_nativeHomes = ["src/Vicinal.Devices/", "src/Vicinal.Ebpf/", "src/Vicinal.Server/Store/", "bench/Vicinal.Bench/Measuring/"];

    /// <summary>Files over 600 lines, each with its reason. The list only shrinks.</summary>
    private static readonly Dictionary<string, string> s_longFiles = new(StringComparer.Ordinal);

    [Fact]
    public void Native_code_is_called_only_from_its_homes()
    {
        // The architecture tests name the attributes that they look for.
        Repository.Sources("src", "bench").Where(file => NativeCall().IsMatch(File.ReadAllText(file)))
            .Select(Repository.Relative)
            .Where(file => !s_nativeHomes.Any(home => file.StartsWith(home, StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    [Fact]
    public void The_pure_projects_are_compiled_with_the_list_of_banned_symbols()
    {
        string props = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"));
        foreach (string project in (string[])["Packets", "Model", "Forwarding", "Compiler", "Services", "Datapath", "Gateways", "Trace", "Deployment"])
        {
            props.ShouldContain($";Vicinal.{project};");
        }

        props.ShouldContain("BannedSymbols.Pure.txt");
        string banned = File.ReadAllText(Path.Combine(Repository.Root, "BannedSymbols.Pure.txt"));
        foreach (string symbol in (string[])["P:System.DateTime.UtcNow", "T:System.Random", "T:System.IO.File", "T:System.Console", "T:System.Diagnostics.Stopwatch"])
        {
            banned.ShouldContain(symbol);
        }

        // A pragma would lift the ban without anyone noticing.
        Repository.Sources("src").Where(file => File.ReadAllText(file).Contains("RS0030", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void The_pure_projects_log_nothing()
    {
        string[] pure = [.. ((string[])["Packets", "Model", "Forwarding", "Compiler", "Services", "Datapath", "Gateways", "Trace", "Deployment"]).Select(p => $"src/Vicinal.{p}")];
        Repository.Sources(pure).Where(file => File.ReadAllText(file).Contains("Microsoft.Extensions.Logging", StringComparison.Ordinal))
            .Select(Repository.Relative).ShouldBeEmpty();
    }

    [Fact]
    public void A_file_over_600_lines_has_a_reason()
    {
        List<string> tooLong = [.. Repository.Sources("src", "tests", "bench")
            .Where(file => File.ReadLines(file).Count() > 600).Select(Repository.Relative)];
        tooLong.Except(s_longFiles.Keys, StringComparer.Ordinal).ShouldBeEmpty();
        s_longFiles.Keys.Except(tooLong, StringComparer.Ordinal).ShouldBeEmpty("files that are short again leave the list");
    }

    [Fact]
    public void Nothing_is_named_after_a_drawer_for_odds_and_ends()
    {
        Repository.Sources("src", "tests", "bench").Select(Repository.Relative)
            .Where(file => DrawerName().IsMatch(file)).ShouldBeEmpty();
        Repository.Sources("src", "tests", "bench")
            .SelectMany(file => DrawerType().Matches(File.ReadAllText(file)).Select(match => $"{Repository.Relative(file)}: {match.Value}"))
            .ShouldBeEmpty();
    }

    [Fact]
    public void The_datapath_reads_no_device_and_the_compiler_no_packet()
    {
        Repository.Sources("src/Vicinal.Datapath").Where(file => File.ReadAllText(file).Contains("Vicinal.Model", StringComparison.Ordinal)).ShouldBeEmpty();
        Repository.Sources("src/Vicinal.Compiler").Where(file => File.ReadAllText(file).Contains("Vicinal.Datapath", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [GeneratedRegex(@"\[\s*(DllImport|LibraryImport)\b|NativeLibrary\.Load", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NativeCall();

    [GeneratedRegex(@"(^|/)[^/]*(Common|Utils|Util|Utilities|Helpers?|Managers?|Processor)(/|\.cs$)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DrawerName();

    [GeneratedRegex(@"\b(class|struct|interface|record)\s+\w*(Manager|Helper|Utils|Common|Processor)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DrawerType();
}
