using System.CommandLine;
using Spectre.Console;
using Vicinal.Cli.Demo;
using Vicinal.Cli.Migrate;

namespace Vicinal.Cli;

/// <summary>Changes how routers are served while they serve.</summary>
internal static class MigrateCommand
{
    public static Command Build() => new("migrate", "Changes how routers are served, without an outage.") { BuildRouter() };

    private static Command BuildRouter()
    {
        Argument<string?> router = new("router") { Description = "The router's name or id.", Arity = ArgumentArity.ZeroOrOne };
        Option<string> to = new("--to") { Description = "What the router is to become.", Required = true };
        to.AcceptOnlyFromAmong("distributed", "centralized");
        Option<bool> ha = new("--ha") { Description = "With standby gateway nodes; without this and --no-ha, as it is." };
        Option<bool> noHa = new("--no-ha") { Description = "With one gateway node." };
        Option<bool> all = new("--all") { Description = "Every router, one after the other, up to the first that fails." };
        Option<bool> dryRun = new("--dry-run") { Description = "Show what would change and what is in the way, and stop there." };
        Option<bool> yes = new("--yes") { Description = "Migrate without asking." };
        Option<string> server = new("--server") { Description = "The Neutron API.", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:9696" };
        Option<int> timeout = new("--timeout") { Description = "For how long nodes may take to put a step in force, in seconds.", HelpName = "SECONDS", DefaultValueFactory = _ => 60 };
        Option<string> format = new("--format") { Description = "For people as it goes, or one document at the end.", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        Command command = new("router", "Makes a router distributed or centralized, with or without HA, while its connections go on.") { router, to, ha, noHa, all, dryRun, yes, server, timeout, format };
        command.Validators.Add(result =>
        {
            if (result.GetValue(ha) && result.GetValue(noHa))
            {
                result.AddError("--ha and --no-ha exclude each other.");
            }

            if (result.GetValue(router) is null != result.GetValue(all))
            {
                result.AddError("Name one router, or say --all.");
            }
        });
        command.SetAction(async (settings, _) =>
        {
            bool json = settings.GetValue(format) == "json";
            MigrationRequest request = new(
                settings.GetValue(router), settings.GetValue(all), settings.GetValue(to) == "distributed",
                settings.GetValue(ha) ? true : settings.GetValue(noHa) ? false : null,
                settings.GetValue(dryRun), TimeSpan.FromSeconds(settings.GetValue(timeout)));
            return await RunAsync(request, settings.GetValue(server)!, json, async stopping => settings.GetValue(yes) || (!json && await AskAsync(stopping)));
        });
        return command;
    }

    private static async Task<int> RunAsync(MigrationRequest request, string url, bool json, Func<CancellationToken, Task<bool>> confirm)
    {
        using Interruption interruption = new();
        try
        {
            if (!Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address))
            {
                throw new SettingException($"--server: '{url}' is not a URL");
            }

            using HttpClient http = new() { BaseAddress = address };
            return await new MigrationRun(new MigrationServer(http), request, new MigrationOutput(OutputConsole.Open(), json)).RunAsync(confirm, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return Interruption.ExitCode;
        }
        catch (MigrationException e)
        {
            await Console.Error.WriteLineAsync($"vicinal migrate: {e.Message}");
            return MigrationRun.NotDone;
        }
        catch (SettingException e)
        {
            await Console.Error.WriteLineAsync($"vicinal migrate: {e.Message}");
            return 2;
        }
    }

    /// <summary>Only a person at a terminal can be asked; a script says --yes.</summary>
    private static async Task<bool> AskAsync(CancellationToken stopping) =>
        !Console.IsInputRedirected && !Console.IsOutputRedirected
        && await new ConfirmationPrompt("Migrate now?") { DefaultValue = false }.ShowAsync(AnsiConsole.Console, stopping);
}
