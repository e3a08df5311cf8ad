using System.CommandLine;
using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Live;
using Vicinal.Deployment.Sites;

namespace Vicinal.Cli.Deploy;

/// <summary>`vicinal deploy check`: what is wrong with a site, and on the node itself also with the machine.</summary>
internal static class DeployCheck
{
    public static Command Build(SiteOptions site)
    {
        Option<string?> node = new("--node") { Description = "Tell only what concerns this node, and the site as a whole.", HelpName = "NAME" };
        Option<string> format = new("--format") { Description = "How findings are written.", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        Option<bool> live = new("--live") { Description = "Look at this machine too, which is --node or the node of its host name." };
        Option<bool> probe = new("--probe") { Description = "Send packets of full size to the other nodes' tunnel addresses too; means --live." };
        Command command = new("check", "Says what is wrong with a site, and the fix. Ends with 0 when nothing is, 1 after warnings, 2 after errors.");
        site.AddTo(command);
        foreach (Option option in (Option[])[node, format, live, probe])
        {
            command.Add(option);
        }

        command.SetAction(settings =>
        {
            (Site read, FindingList found) = site.Read(settings);
            SiteNode? chosen = null;
            bool looks = settings.GetValue(live) || settings.GetValue(probe);
            if (settings.GetValue(node) is { } name || looks)
            {
                string wanted = settings.GetValue(node) ?? Environment.MachineName;
                chosen = read.Node(wanted) ?? (settings.GetValue(node) is null ? read.Node(wanted.Split('.')[0]) : null);
                if (chosen is null)
                {
                    Console.Error.WriteLine($"vicinal deploy check: the site has no node '{wanted}'; it has {string.Join(", ", read.Nodes.Select(known => known.Name))}");
                    return 2;
                }
            }

            if (looks)
            {
                LiveCheck.Run(read, chosen!, MachineReader.Read(read, chosen!, settings.GetValue(probe)), found);
            }

            List<Finding> told = [.. found.Where(finding => chosen is null || finding.Node is null || finding.Node == chosen.Name)];
            FindingWriter.Write(told, settings.GetValue(format)!, Console.Out);
            return ExitCode(told);
        });
        return command;
    }

    /// <summary>0 up to notes, 1 for warnings, 2 for errors.</summary>
    private static int ExitCode(List<Finding> found) => found.Count == 0 ? 0 : (int)found.Max(finding => finding.Kind.Severity);
}
