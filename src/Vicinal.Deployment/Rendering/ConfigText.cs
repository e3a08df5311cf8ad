using System.Text;

namespace Vicinal.Deployment.Rendering;

/// <summary>A configuration file as `--config` reads it: a flat mapping of options to values and lists.</summary>
internal sealed class ConfigText(string comment)
{
    private readonly StringBuilder _text = new StringBuilder("# ").Append(comment).Append('\n');

    public void Add(string option, string value) => _text.Append(option).Append(": ").Append(Scalar(value)).Append('\n');

    /// <summary>Says nothing for an empty list.</summary>
    public void Add(string option, IEnumerable<string> values)
    {
        string[] all = [.. values];
        if (all.Length == 0)
        {
            return;
        }

        _text.Append(option).Append(":\n");
        foreach (string value in all)
        {
            _text.Append("  - ").Append(Scalar(value)).Append('\n');
        }
    }

    public override string ToString() => _text.ToString();

    /// <summary>Plain where no rule of YAML gives a character a meaning, else in single quotes.</summary>
    private static string Scalar(string value) =>
        value.Length > 0 && (char.IsAsciiLetterOrDigit(value[0]) || value[0] == '/') && !value.EndsWith(':') && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '/')
            ? value
            : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
