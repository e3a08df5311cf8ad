using System.CommandLine;

namespace Vicinal.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. All(CommandTree.Build(), "").Select(found => found.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_describes_the_command_and_each_of_its_options(string path)
    {
        RootCommand root = CommandTree.Build();
        Command command = All(root, "").Single(found => found.Path == path).Command;
        StringWriter output = new();
        int code = root.Parse([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Invoke(new InvocationConfiguration { Output = output });
        code.ShouldBe(0);
        string help = Flat(output.ToString());
        help.ShouldContain(Flat(command.Description.ShouldNotBeNull()));
        foreach (Symbol symbol in command.Options.Cast<Symbol>().Concat(command.Arguments).Concat(command.Subcommands))
        {
            symbol.Description.ShouldNotBeNullOrEmpty(symbol.Name);
            help.ShouldContain(symbol.Name);
        }
    }

    [Fact]
    public void An_unknown_command_is_an_error_that_names_it()
    {
        ProgramResult result = VicinalProgram.Run("sever");
        result.ExitCode.ShouldNotBe(0);
        result.Errors.ShouldContain("sever");
    }

    [Theory]
    [InlineData("a-b")]
    [InlineData("../x")]
    [InlineData("")]
    public void A_labs_name_is_letters_and_digits(string name)
    {
        ParseResult result = CommandTree.Build().Parse(["lab", "--lab", name, "status"]);
        result.Errors.ShouldHaveSingleItem().Message.ShouldContain("letters and digits");
    }

    /// <summary>Help breaks its lines where the terminal ends.</summary>
    private static string Flat(string text) => string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path) =>
        command.Subcommands.SelectMany(sub => All(sub, $"{path} {sub.Name}".Trim())).Prepend((path, command));
}
