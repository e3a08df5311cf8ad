using System.Collections;
using System.Globalization;

namespace Vicinal.Server.Api.Bodies;

/// <summary>Values as Neutron's messages show them, which clients' tests compare: Python's str and repr.</summary>
public static class PythonText
{
    public static string Str(object? value) => value as string ?? Repr(value);

    public static string Repr(object? value) => value switch
    {
        null => "None",
        true => "True",
        false => "False",
        string text => Quote(text),
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IReadOnlyDictionary<string, object?> map => $"{{{string.Join(", ", map.Select(p => $"{Quote(p.Key)}: {Repr(p.Value)}"))}}}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Repr))}]",
        _ => value.ToString() ?? "None",
    };

    private static string Quote(string text) =>
        text.Contains('\'') && !text.Contains('"') ? $"\"{text}\"" : $"'{text.Replace("\\", @"\\").Replace("'", @"\'").Replace("\n", @"\n")}'";
}
