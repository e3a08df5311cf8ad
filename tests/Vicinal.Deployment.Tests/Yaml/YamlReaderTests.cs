using System.Diagnostics;
using System.Text;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Tests.Yaml;

/// <summary>What a hostile or careless file can do: nothing but be refused, with its line, in little time.</summary>
public sealed class YamlReaderTests
{
    [Fact]
    public void Values_know_their_line_and_their_key()
    {
        YamlValue root = YamlReader.Read("f.yaml", "a: 1\nb:\n  c: [x, y]\n")!;
        root.Find("a")!.Place.ShouldBe(new Place("f.yaml", 1, "a"));
        root.Find("b")!.Find("c")!.Items![1].Place.ShouldBe(new Place("f.yaml", 3, "b.c[1]"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("~\n")]
    public void A_file_that_says_nothing_is_nothing(string text) => YamlReader.Read("f.yaml", text).ShouldBeNull();

    [Theory]
    [InlineData("a: 1\nb:\n\tc: 2\n", 3, "tab")]
    [InlineData("a: 1\n\tb: 2\n", 2, "tab")]
    [InlineData("a: 1\na: 2\n", 2, "twice")]
    [InlineData("a: [1\n", 2, "not YAML")]
    [InlineData("a: 1\n---\nb: 2\n", 2, "second document")]
    [InlineData("x: &a {k: 1}\ny:\n  <<: *a\n", 3, "merge keys")]
    [InlineData("a: &x [1, *x]\n", 1, "anchor")]
    [InlineData("a: *nowhere\n", 1, "nowhere")]
    [InlineData("{a: 1}: 2\n", 1, "single word")]
    [InlineData("? [a]\n: 1\n", 1, "single word")]
    public void What_is_wrong_is_named_with_its_line(string text, int line, string named)
    {
        YamlFaultException fault = Should.Throw<YamlFaultException>(() => YamlReader.Read("f.yaml", text));
        fault.Place.File.ShouldBe("f.yaml");
        fault.Place.Line.ShouldBe(line);
        fault.Message.ShouldContain(named);
    }

    [Fact]
    public void An_alias_repeats_what_it_names()
    {
        YamlValue root = YamlReader.Read("f.yaml", "a: &x {k: 1}\nb: *x\n")!;
        root.Find("b")!.Find("k")!.Text.ShouldBe("1");
        root.Weight.ShouldBe(9);
    }

    [Fact]
    public void A_bomb_of_aliases_is_refused_before_it_goes_off()
    {
        StringBuilder text = new("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int level = 1; level < 30; level++)
        {
            text.Append($"l{level}: &l{level} [{string.Join(", ", Enumerable.Repeat($"*l{level - 1}", 10))}]\n");
        }

        Refusal(text.ToString()).ShouldContain($"{YamlReader.MaxValues} values");
    }

    [Fact]
    public void Aliases_do_not_lead_deeper_than_a_file_may()
    {
        StringBuilder text = new("l0: &l0 [x]\n");
        for (int level = 1; level < 60; level++)
        {
            text.Append($"l{level}: &l{level} [*l{level - 1}]\n");
        }

        Refusal(text.ToString()).ShouldContain("levels inside each other");
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Deep_nesting_is_refused_at_its_limit(string opening) =>
        Refusal(string.Concat(Enumerable.Repeat(opening, 100_000))).ShouldContain("levels inside each other");

    [Fact]
    public void Deep_nesting_by_indentation_is_refused_too() =>
        Refusal(string.Concat(Enumerable.Range(0, 1000).Select(level => $"{new string(' ', level)}a:\n"))).ShouldContain("levels inside each other");

    [Fact]
    public void A_huge_file_is_refused_unread() => Refusal(new string('a', YamlReader.MaxCharacters + 1)).ShouldContain($"at most {YamlReader.MaxCharacters}");

    [Fact]
    public void A_file_of_many_values_is_refused() => Refusal(string.Concat(Enumerable.Repeat("- x\n", YamlReader.MaxValues + 1))).ShouldContain($"{YamlReader.MaxValues} values");

    [Fact]
    public void A_message_shows_little_of_a_long_value_and_no_control_character()
    {
        YamlValue root = YamlReader.Read("f.yaml", "a: \"\\e[31m" + new string('x', 5000) + "\"\n")!;
        string message = root.Find("a")!.Fault("true or false").Message;
        message.Length.ShouldBeLessThan(200);
        message.ShouldNotContain("\e");
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_and_nothing_else()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        const string letters = "ab:- \n\t[]{}&*!|>'\"%@`#,?<~0\u0000\u2028\ud83d";
        for (int run = 0; run < 5000; run++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => letters[random.Next(letters.Length)]));
            Exception? thrown = Record.Exception(() => YamlReader.Read("f.yaml", text));
            (thrown is null or YamlFaultException).ShouldBeTrue($"seed {seed}, text {System.Text.Json.JsonSerializer.Serialize(text)}: {thrown}");
        }
    }

    private static string Refusal(string text)
    {
        long start = Stopwatch.GetTimestamp();
        string message = Should.Throw<YamlFaultException>(() => YamlReader.Read("f.yaml", text)).Message;
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        return message;
    }
}
