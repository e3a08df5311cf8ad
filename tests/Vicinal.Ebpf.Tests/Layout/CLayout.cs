using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Vicinal.Ebpf.Tests.Support;

namespace Vicinal.Ebpf.Tests.Layout;

/// <summary>A field of a C struct, in bytes.</summary>
public sealed record CField(string Name, int Offset, int Size);

/// <summary>
/// Programs/layout.h as the compiler of the programs lays it out: structs, fields and constants are listed from its text, and their numbers asked
/// of clang by a table that it compiles.
/// </summary>
public sealed partial class CLayout
{
    private readonly Dictionary<string, int> _numbers;
    private readonly Dictionary<string, string[]> _fields;

    private CLayout(Dictionary<string, int> numbers, Dictionary<string, string[]> fields, string[] counters)
    {
        _numbers = numbers;
        _fields = fields;
        Counters = counters;
    }

    public IReadOnlyCollection<string> Structs => _fields.Keys;

    /// <summary>enum counter without its last member, which is the count.</summary>
    public IReadOnlyList<string> Counters { get; }

    public int Constant(string name) => _numbers[name];

    public int SizeOf(string name) => _numbers[$"sizeof(struct {name})"];

    public IReadOnlyList<CField> Fields(string name) =>
        [.. _fields[name].Select(f => new CField(f, _numbers[Offset(name, f)], _numbers[Size(name, f)]))];

    public static CLayout Read()
    {
        string header = Path.Combine(Repository.Programs, "layout.h");
        string text = CommentPattern().Replace(File.ReadAllText(header), "");
        Dictionary<string, string[]> fields = StructPattern().Matches(text).ToDictionary(
            m => m.Groups["name"].Value,
            m => FieldPattern().Matches(m.Groups["body"].Value).Select(f => f.Groups["name"].Value).ToArray());
        string[] members = MemberPattern().Matches(text[text.IndexOf("enum counter", StringComparison.Ordinal)..].Split('}')[0]).Select(m => m.Value).ToArray();
        List<string> expressions =
        [
            .. fields.Keys.Select(name => $"sizeof(struct {name})"),
            .. fields.SelectMany(s => s.Value.SelectMany(f => (string[])[Offset(s.Key, f), Size(s.Key, f)])),
            .. members,
            .. ConstantPattern().Matches(text).Select(m => m.Groups["name"].Value),
        ];
        return new CLayout(Evaluate(expressions), fields, members[..^1]);
    }

    /// <summary>The compiler writes the table as assembly, one .long a line; no linker and no C library are needed for that.</summary>
    private static Dictionary<string, int> Evaluate(List<string> expressions)
    {
        StringBuilder source = new("#include \"layout.h\"\nunsigned int table[] = {\n");

        // Nothing is zero that way, which would be written in another form.
        expressions.ForEach(e => source.Append(CultureInfo.InvariantCulture, $"\t({e}) + 1,\n"));
        source.Append("};\n");
        string file = Path.Combine(Path.GetTempPath(), KernelFixture.Unique("layout") + ".c");
        try
        {
            File.WriteAllText(file, source.ToString());
            string assembly = Tool.Run(SampleObject.Compiler, [.. SampleObject.Flags, "-w", "-I", Repository.Programs, "-S", "-o", "-", file]);
            int[] values = [.. LongPattern().Matches(assembly).Select(m => int.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture) - 1)];
            values.Length.ShouldBe(expressions.Count, assembly);
            return expressions.Zip(values).ToDictionary(p => p.First, p => p.Second);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Offset(string name, string field) => $"__builtin_offsetof(struct {name}, {field})";

    private static string Size(string name, string field) => $"sizeof(((struct {name} *)0)->{field})";

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline, 1000)]
    private static partial Regex CommentPattern();

    [GeneratedRegex(@"struct (?<name>\w+) \{(?<body>[^}]*)\}", RegexOptions.None, 1000)]
    private static partial Regex StructPattern();

    [GeneratedRegex(@"(?<name>\w+)(?:\[\w+\])?;", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FieldPattern();

    [GeneratedRegex(@"COUNT\w*", RegexOptions.None, 1000)]
    private static partial Regex MemberPattern();

    [GeneratedRegex(@"^#define (?<name>[A-Z_0-9]+) +[^ ]", RegexOptions.Multiline, 1000)]
    private static partial Regex ConstantPattern();

    [GeneratedRegex(@"^\s*\.long\s+(?<value>\d+)", RegexOptions.Multiline, 1000)]
    private static partial Regex LongPattern();
}
