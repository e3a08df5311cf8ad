using System.CommandLine;
using Vicinal.Protocol.Security;

namespace Vicinal.Cli;

/// <summary>What server and agent share as commands: the configuration file, and errors in words instead of a stack trace.</summary>
internal static class DaemonCommand
{
    public static Option<string?> ConfigOption() => new("--config")
    {
        Description = "YAML file with any of these options as keys, without the dashes; the command line wins.",
        HelpName = "FILE",
    };

    /// <summary>Runs with the settings of the file and the command line together.</summary>
    public static void SetAction(Command command, Option<string?> config, Func<ParseResult, CancellationToken, Task<int>> run) =>
        command.SetAction(async (given, cancellation) =>
        {
            try
            {
                ParseResult settings = given;
                if (given.GetValue(config) is { } path)
                {
                    HashSet<string> named = [.. command.Options.Where(o => given.GetResult(o) is { Implicit: false }).Select(o => o.Name)];
                    IEnumerable<string> line = given.Tokens.Select(token => token.Value);
                    settings = command.Parse([.. ConfigFile.Read(path, command, named), .. line.SkipWhile(word => word == command.Name)]);
                    if (settings.Errors.Count > 0)
                    {
                        throw new SettingException($"{path}: {settings.Errors[0].Message}");
                    }
                }

                return await run(settings, cancellation);
            }
            catch (Exception e) when (e is SettingException or FormatException or TlsFileException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync($"vicinal {command.Name}: {e.Message}");
                return 2;
            }
        });

    public static T Required<T>(ParseResult settings, Option<T> option) =>
        settings.GetResult(option) is { } && settings.GetValue(option) is { } value && value is not string { Length: 0 }
            ? value
            : throw new SettingException($"{option.Name} is needed, on the command line or in the configuration file");
}
