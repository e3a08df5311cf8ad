using System.CommandLine;
using System.Diagnostics;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Plan;

namespace Vicinal.Cli.Demo;

/// <summary>Enters and ends a cloud that `vicinal demo --keep` left up.</summary>
internal static class LabCommand
{
    public static Command Build()
    {
        Option<string> lab = LabName.Option();
        return new Command("lab", "Looks into a cloud that was left up, and ends it.") { lab, Exec(lab), Status(lab), Down(lab) };
    }

    private static Command Exec(Option<string> lab)
    {
        Argument<string> member = new("member") { Description = "Instance or node: vm1, c1, g1, internet, server." };
        Argument<string[]> words = new("command") { Description = "What to run there.", Arity = ArgumentArity.OneOrMore, CaptureRemainingTokens = true };
        Command command = new("exec", "Runs a command inside an instance or a node.") { member, words };
        command.SetAction(settings =>
        {
            string networkNamespace = LabPlan.Standard(settings.GetValue(lab)!).Namespace(settings.GetValue(member)!);
            if (!NetworkNamespace.Exists(networkNamespace))
            {
                Console.Error.WriteLine($"vicinal lab exec: no '{settings.GetValue(member)}' in lab '{settings.GetValue(lab)}'; `vicinal lab status` lists what is there");
                return 2;
            }

            using Process? process = Process.Start(new ProcessStartInfo("ip",
                ["netns", "exec", networkNamespace, .. settings.GetValue(words)!.SkipWhile(word => word == "--")])
            { UseShellExecute = false });
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
            string prefix = LabPlan.Standard(settings.GetValue(lab)!).NamespacePrefix;
            List<string> members = [.. NetworkNamespace.List().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])];
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
            LabCloud.Sweep(LabPlan.Standard(settings.GetValue(lab)!), LabDirectory.Of(settings.GetValue(lab)!));
            LabDirectory.Delete(settings.GetValue(lab)!);

            return 0;
        });
        return command;
    }
}
