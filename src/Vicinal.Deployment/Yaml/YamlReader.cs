using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Vicinal.Deployment.Yaml;

/// <summary>
/// Reads one YAML file within limits of size, depth and number of values. Aliases are allowed and count as what they repeat, so a
/// small file cannot become a large one; an anchor inside of itself, a key said twice and a second document are refused.
/// </summary>
public sealed class YamlReader
{
    public const int MaxCharacters = 1 << 20;
    public const int MaxDepth = 32;
    public const int MaxValues = 100_000;

    private readonly string _file;
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlValue> _anchors = new(StringComparer.Ordinal);
    private int _values;

    private YamlReader(string file, string text)
    {
        _file = file;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The file's one value; null for a file that says nothing.</summary>
    /// <exception cref="YamlFaultException">It is not YAML, or more than is read here.</exception>
    public static YamlValue? Read(string file, string text)
    {
        if (text.Length > MaxCharacters)
        {
            throw new YamlFaultException(new Place(file, 1, ""), $"the file has {text.Length} characters; at most {MaxCharacters} are read");
        }

        YamlReader reader = new(file, text);
        try
        {
            return reader.ReadDocument();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // What the parser throws at a tag that is no URI, and at some plain scalars of several lines.
            throw new YamlFaultException(reader.At(reader._parser.Current, ""), "not YAML, at this line or below");
        }
        catch (YamlException e)
        {
            throw e.Message.Contains("tab", StringComparison.OrdinalIgnoreCase) && LineWithTab(text) is { } line
                ? new YamlFaultException(new Place(file, line, ""), "a tab stands where YAML wants spaces")
                : new YamlFaultException(new Place(file, (int)Math.Max(e.Start.Line, reader.At(reader._parser.Current, "").Line), ""), $"not YAML: {e.Message}");
        }
    }

    private YamlValue? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            return null;
        }

        _parser.Consume<DocumentStart>();
        YamlValue value = ReadValue("", depth: 1);
        _parser.Consume<DocumentEnd>();
        if (!_parser.TryConsume<StreamEnd>(out _))
        {
            throw new YamlFaultException(At(_parser.Current, ""), "a second document begins here; a file has one");
        }

        return value.IsNull ? null : value;
    }

    private YamlValue ReadValue(string path, int depth)
    {
        ParsingEvent current = _parser.Consume<ParsingEvent>();
        Place place = At(current, path);
        Count(1, place);
        Limit(depth, place);
        switch (current)
        {
            case AnchorAlias alias:
                return Repeat(alias, place, depth);
            case Scalar scalar:
                return Keep(scalar.Anchor, YamlValue.Scalar(place, scalar.Value, quoted: scalar.Style != ScalarStyle.Plain));
            case SequenceStart list:
                return Keep(list.Anchor, YamlValue.List(place, ReadItems(path, depth)));
            case MappingStart mapping:
                return Keep(mapping.Anchor, YamlValue.Mapping(place, ReadEntries(path, depth)));
            default:
                throw new YamlFaultException(place, "a value is expected");
        }
    }

    private List<YamlValue> ReadItems(string path, int depth)
    {
        List<YamlValue> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadValue($"{path}[{items.Count}]", depth + 1));
        }

        return items;
    }

    private List<YamlEntry> ReadEntries(string path, int depth)
    {
        List<YamlEntry> entries = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out Scalar? key))
            {
                throw new YamlFaultException(At(_parser.Current, path), "a key is expected that is a single word");
            }

            string inside = path.Length == 0 ? YamlValue.Shown(key.Value) : $"{path}.{YamlValue.Shown(key.Value)}";
            Place place = At(key, inside);
            Count(1, place);
            if (key.Value == "<<")
            {
                throw new YamlFaultException(place, "merge keys are not read here; what nodes share belongs under 'roles'");
            }

            if (!keys.Add(key.Value))
            {
                throw new YamlFaultException(place, "this key is said twice in one mapping");
            }

            entries.Add(new YamlEntry(key.Value, place, ReadValue(inside, depth + 1)));
        }

        return entries;
    }

    /// <summary>An alias shares the value that it names, which is complete: one inside of itself is not known yet.</summary>
    private YamlValue Repeat(AnchorAlias alias, Place place, int depth)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out YamlValue? value))
        {
            throw new YamlFaultException(place, $"no anchor '{YamlValue.Shown(alias.Value.Value)}' is complete above");
        }

        Count(value.Weight, place);
        Limit(depth + value.Depth - 1, place);
        return value;
    }

    private YamlValue Keep(AnchorName anchor, YamlValue value)
    {
        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = value;
        }

        return value;
    }

    private void Count(int values, Place place)
    {
        _values += values;
        if (_values > MaxValues)
        {
            throw new YamlFaultException(place, $"more than {MaxValues} values, with what aliases repeat");
        }
    }

    private static void Limit(int depth, Place place)
    {
        if (depth > MaxDepth)
        {
            throw new YamlFaultException(place, $"more than {MaxDepth} levels inside each other");
        }
    }

    private Place At(ParsingEvent? current, string path) => new(_file, (int)Math.Max(1, current?.Start.Line ?? 1), path);

    /// <summary>The first line with a tab in its indentation; the parser's own place is often the line before.</summary>
    private static int? LineWithTab(string text)
    {
        int at = Array.FindIndex(text.Split('\n'), line => line.TakeWhile(char.IsWhiteSpace).Contains('\t'));
        return at < 0 ? null : at + 1;
    }
}
