namespace Vicinal.Bench.Measuring;

/// <summary>bench/RESULTS.md: each bench owns what stands between its two markers, and the rest of the page is people's.</summary>
internal static class ResultsPage
{
    public static void Replace(string path, string bench, Section section)
    {
        string begin = $"<!-- bench:{bench} -->";
        string end = $"<!-- /bench:{bench} -->";
        string page = File.Exists(path) ? File.ReadAllText(path) : "# Results\n";
        string text = $"{begin}\n{section.ToString().TrimEnd()}\n{end}";
        int from = page.IndexOf(begin, StringComparison.Ordinal);
        int to = page.IndexOf(end, StringComparison.Ordinal);
        page = from >= 0 && to > from ? $"{page[..from]}{text}{page[(to + end.Length)..]}" : $"{page.TrimEnd()}\n\n{text}\n";
        File.WriteAllText(path, page);
    }
}
