using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>The ordinary openstack client of the system, as a person runs it.</summary>
internal sealed class OpenStackClient(Uri endpoint)
{
    private const string Program = "/usr/bin/openstack";

    public static bool IsInstalled => File.Exists(Program);

    /// <summary>One command; its answer as JSON when it has one.</summary>
    public async Task<JsonNode?> RunAsync(params string[] arguments)
    {
        (int code, string output, string errors) = await StartAsync(
            ["--os-auth-type", "none", "--os-endpoint", endpoint.ToString().TrimEnd('/'), .. arguments], input: null);
        code.ShouldBe(0, $"openstack {string.Join(' ', arguments)}: {errors}");
        return output.TrimStart().StartsWith('{') || output.TrimStart().StartsWith('[') ? JsonNode.Parse(output) : null;
    }

    /// <summary>Many commands in one process, which saves a second for each. What it says on its error output must be nothing.</summary>
    public async Task<string> ScriptAsync(string commands)
    {
        (_, string output, string errors) = await StartAsync([], commands);
        errors.ShouldBeEmpty(output);
        output.ShouldNotContain("is not an openstack command");
        return output;
    }

    /// <summary>One command that must fail; what it says then.</summary>
    public async Task<string> FailAsync(params string[] arguments)
    {
        (int code, _, string errors) = await StartAsync(arguments, input: null);
        code.ShouldNotBe(0);
        return errors;
    }

    private async Task<(int Code, string Output, string Errors)> StartAsync(string[] arguments, string? input)
    {
        ProcessStartInfo start = new(Program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("OS_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["OS_AUTH_TYPE"] = "none";
        start.Environment["OS_ENDPOINT"] = endpoint.ToString().TrimEnd('/');
        using Process process = Process.Start(start)!;
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(2));
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
