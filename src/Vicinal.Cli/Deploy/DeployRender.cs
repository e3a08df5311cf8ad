using System.CommandLine;
using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Rendering;
using Vicinal.Deployment.Sites;

namespace Vicinal.Cli.Deploy;

/// <summary>`vicinal deploy render`: a folder a node, with its configuration and its systemd units.</summary>
internal static class DeployRender
{
    public static Command Build(SiteOptions site)
    {
        Option<string> output = new("--output") { Description = "Folder to write to, one folder a node in it; made when it is not there.", HelpName = "DIR", Required = true };
        Command command = new("render", "Writes each node's configuration and systemd units. A site with errors is refused, and nothing is written.") { output };
        site.AddTo(command);
        command.SetAction(settings =>
        {
            (Site read, FindingList found) = site.Read(settings);
            if (!FindingWriter.Tell(found, "render"))
            {
                return 2;
            }

            try
            {
                OutputFolder folder = new(settings.GetValue(output)!);
                IReadOnlyList<RenderedFile> files = SiteRendering.Render(read);
                int written = files.Count(folder.Write);
                foreach (string other in folder.Others(files))
                {
                    Console.Error.WriteLine($"vicinal deploy render: {other} is none of this site's nodes and stays as it is");
                }

                Console.WriteLine($"{read.Nodes.Count} nodes, {files.Count} files in {settings.GetValue(output)}: {written} written, {files.Count - written} as they were");
                return 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"vicinal deploy render: {e.Message}");
                return 2;
            }
        });
        return command;
    }
}
