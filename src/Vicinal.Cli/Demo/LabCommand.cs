using System.CommandLine;
using System.Diagnostics;
using Vicinal.Cli.Deploy;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Plan;

namespace Vicinal.Cli.Demo;

/// <summary>Clouds that stay up: made of a site file, or left up by `vicinal demo --keep`.</summary>
internal static class LabCommand
{
    public static Command Build()
    {
        Option<string> lab = LabName.Option();
        return new Command("lab", "Brings a site up in namespaces, looks into a cloud that is up, and ends it.")
        {
            lab, LabUp.Build(lab, new SiteOptions()), LabBoot.Build(lab), Exec(lab), Status(lab), Down(lab),
        };
    }

    /// <summary>The namespaces of a lab by their names within it; none where it is not up.</summary>
    public static List<string> Members(string lab)
    {
        string prefix = LabPlan.PrefixOf(lab);
        return [.. NetworkNamespace.List().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])];
    }

    private static Command Exec(Option<string> lab)
    {
        Argument<string> member = new("member") { Description = "Instance or node: vm1, c1, g1, internet, server." };
        Argument<string[]> words = new("command") { Description = "What to run there.", Arity = ArgumentArity.OneOrMore, CaptureRemainingTokens = true };
        Command command = new("exec", "Runs a command inside an instance or a node.") { member, words };
        command.SetAction(settings =>
        {
            string networkNamespace = LabPlan.PrefixOf(settings.GetValue(lab)!) + settings.GetValue(member);
            if (!NetworkNamespace.Exists(networkNamespace))
            {
                Console.Error.WriteLine($"vicinal lab exec: no '{settings.GetValue(member)}' in lab '{settings.GetValue(lab)}'; `vicinal lab status` lists what is there");
                return 2;
            }

            ProcessStartInfo start = new("ip", ["netns", "exec", networkNamespace, .. settings.GetValue(words)!.SkipWhile(word => word == "--")]) { UseShellExecute = false };

            // For the openstack client where the server is; it asks for nothing else.
            start.Environment.TryAdd("OS_AUTH_TYPE", "none");
            start.Environment.TryAdd("OS_ENDPOINT", $"http://127.0.0.1:{LabCloud.ApiPort}");
            using Process? process = Process.Start(start);
            process?.WaitForExit();
            return process?.ExitCode ?? 2;
        });
        return command;
    }

    private static Command Status(Option<string> lab)
    {
        Command command = new("status", "Lists the members of a lab.");
        command.SetAction(settings =>
        {
            List<string> members = Members(settings.GetValue(lab)!);
            Console.WriteLine(members.Count == 0 ? $"lab '{settings.GetValue(lab)}' is not up" : string.Join('\n', members));
            return members.Count == 0 ? 1 : 0;
        });
        return command;
    }

    private static Command Down(Option<string> lab)
    {
        Command command = new("down", "Ends a lab: its processes, its namespaces and its mounts.");
        command.SetAction(settings =>
        {
            LabCloud.Sweep(new LabPlan { Name = settings.GetValue(lab)!, Nodes = [] }, LabDirectory.Of(settings.GetValue(lab)!));
            LabDirectory.Delete(settings.GetValue(lab)!);

            return 0;
        });
        return command;
    }
}
