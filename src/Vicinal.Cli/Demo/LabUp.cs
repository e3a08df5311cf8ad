using System.CommandLine;
using Vicinal.Cli.Deploy;
using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;
using Vicinal.Devices;
using Vicinal.Lab;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Processes;

namespace Vicinal.Cli.Demo;

/// <summary>`vicinal lab up`: a site in namespaces on this machine, so that it can be tried before it is built.</summary>
internal static class LabUp
{
    public static Command Build(Option<string> lab, SiteOptions site)
    {
        Command command = new("up", "Brings a site up, each node a namespace, and leaves it up. A site with errors is refused.");
        site.AddTo(command);
        command.SetAction(settings =>
        {
            string name = settings.GetValue(lab)!;
            (Site read, FindingList found) = site.Read(settings);
            if (!FindingWriter.Tell(found, "lab up"))
            {
                return 2;
            }

            if (!Environment.IsPrivilegedProcess)
            {
                Console.Error.WriteLine("vicinal lab up: needs root, since a cloud in a user namespace ends with the command that made it");
                return 2;
            }

            if (LabCommand.Members(name).Count > 0)
            {
                Console.Error.WriteLine($"vicinal lab up: lab '{name}' is up; end it with `vicinal lab down`, or give this one another name with --lab");
                return 2;
            }

            return Up(read, name);
        });
        return command;
    }

    private static int Up(Site site, string lab)
    {
        using Interruption interruption = new();
        try
        {
            using LabCloud cloud = LabCloud.Up(SitePlan.Of(site, lab), LabProgram.Current(), LabDirectory.Of(lab), interruption.Token);
            Tell(cloud);
            cloud.Leave();
            return 0;
        }
        catch (Exception) when (interruption.Token.IsCancellationRequested)
        {
            LabDirectory.Delete(lab);
            return Interruption.ExitCode;
        }
        catch (Exception e) when (e is LabException or DeviceException)
        {
            Console.Error.WriteLine($"vicinal lab up: {e.Message}");
            return 2;
        }
    }

    private static void Tell(LabCloud cloud)
    {
        LabPlan plan = cloud.Plan;
        string which = plan.Name == LabName.Default ? "" : $" --lab {plan.Name}";
        Console.WriteLine($"Lab '{plan.Name}' is up; its server is in {plan.ServerMember}, its logs are in {cloud.Directory}.");
        foreach (LabNode node in plan.Nodes)
        {
            Console.WriteLine($"  {node.Name,-12} {node.Mode,-16} {plan.UnderlayAddress(node),-16} {string.Join(' ', plan.NicsOf(node).Select(nic => nic.PhysicalNetwork is { } network ? $"{nic.Name}={network}" : nic.Name))}");
        }

        Console.WriteLine($"""
            Make networks and ports:  vicinal lab{which} exec {plan.ServerMember} -- openstack network create blue
            Boot what a port is for:  vicinal lab{which} boot vm1 PORT-ID
            Look inside:              vicinal lab{which} exec vm1 -- ping {plan.Upstream}
            End it:                   vicinal lab{which} down
            """);
    }
}
