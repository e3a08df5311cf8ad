using System.Text;

namespace Vicinal.Bench.Measuring;

/// <summary>What one bench has to say, in Markdown; printed as it comes, so that a long run shows where it is.</summary>
internal sealed class Section
{
    private readonly StringBuilder _text = new();

    public Section(string title)
    {
        Conditions conditions = Conditions.Now();
        Line($"## {title}");
        Line("");
        Line($"{conditions}.");
        Line("");
    }

    public void Line(string text)
    {
        Console.WriteLine(text);
        _text.Append(text).Append('\n');
    }

    public void Header(params string[] columns)
    {
        Row(columns);
        Row([.. columns.Select((_, i) => i == 0 ? "---" : "---:")]);
    }

    public void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    public override string ToString() => _text.ToString();
}
