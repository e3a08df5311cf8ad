namespace Vicinal.Deployment.Yaml;

/// <summary>A key of a mapping with where it stands, and its value.</summary>
public readonly record struct YamlEntry(string Key, Place Place, YamlValue Value);

/// <summary>One value of a YAML file: a scalar, a list or a mapping, with where it stands.</summary>
public sealed class YamlValue
{
    private YamlValue(Place place) => Place = place;

    public Place Place { get; }

    /// <summary>A scalar's text; null for a list or a mapping.</summary>
    public string? Text { get; private init; }

    public IReadOnlyList<YamlValue>? Items { get; private init; }

    public IReadOnlyList<YamlEntry>? Entries { get; private init; }

    /// <summary>A plain scalar without a value, as in `key:` or `key: null`.</summary>
    public bool IsNull { get; private init; }

    /// <summary>How many values it is made of, itself included. What an alias repeats counts each time.</summary>
    public int Weight { get; private init; } = 1;

    /// <summary>Levels inside each other, itself included.</summary>
    public int Depth { get; private init; } = 1;

    /// <summary>What it is, for messages.</summary>
    public string Kind => (Items, Entries, IsNull) switch
    {
        ({ }, _, _) => "a list",
        (_, { }, _) => "a mapping",
        (_, _, true) => "nothing",
        _ => $"'{Shown(Text!)}'",
    };

    public static YamlValue Scalar(Place place, string text, bool quoted) =>
        new(place) { Text = text, IsNull = !quoted && text is "" or "~" or "null" or "Null" or "NULL" };

    public static YamlValue List(Place place, IReadOnlyList<YamlValue> items) =>
        new(place) { Items = items, Weight = 1 + items.Sum(item => item.Weight), Depth = 1 + items.Select(item => item.Depth).DefaultIfEmpty().Max() };

    public static YamlValue Mapping(Place place, IReadOnlyList<YamlEntry> entries) =>
        new(place)
        {
            Entries = entries,
            Weight = 1 + entries.Sum(entry => 1 + entry.Value.Weight),
            Depth = 1 + entries.Select(entry => entry.Value.Depth).DefaultIfEmpty().Max(),
        };

    /// <summary>The value of a key of a mapping; null where it is none, or has no such key.</summary>
    public YamlValue? Find(string key)
    {
        foreach (YamlEntry entry in Entries ?? [])
        {
            if (entry.Key == key)
            {
                return entry.Value;
            }
        }

        return null;
    }

    public YamlFaultException Fault(string expected) => new(Place, $"{expected} is expected, and this is {Kind}");

    /// <summary>So much of a text as a message can bear, without control characters.</summary>
    internal static string Shown(string text)
    {
        const int most = 60;
        string shown = new([.. text.Take(most).Select(c => char.IsControl(c) ? '?' : c)]);
        return text.Length > most ? shown + "..." : shown;
    }
}
