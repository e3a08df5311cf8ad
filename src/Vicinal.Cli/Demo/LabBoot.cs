using System.CommandLine;
using System.Text.Json.Nodes;
using Vicinal.Devices;
using Vicinal.Lab;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Rest;

namespace Vicinal.Cli.Demo;

/// <summary>`vicinal lab boot`: an instance for a port, on the node that the port is bound to.</summary>
internal static class LabBoot
{
    public static Command Build(Option<string> lab)
    {
        Argument<string> name = new("name") { Description = "The instance's name in the lab." };
        Argument<Guid> port = new("port") { Description = "The port's id; it names its node in binding:host_id." };
        Command command = new("boot", "Boots an instance for a port on the port's node, and waits until its network works.") { name, port };
        command.SetAction(settings =>
        {
            try
            {
                using LabCloud cloud = LabCloud.Attach(settings.GetValue(lab)!, LabDirectory.Of(settings.GetValue(lab)!));
                return Boot(cloud, settings.GetValue(name)!, settings.GetValue(port));
            }
            catch (Exception e) when (e is LabException or DeviceException or NeutronRefusal or HttpRequestException)
            {
                Console.Error.WriteLine($"vicinal lab boot: {e.Message}");
                return 2;
            }
        });
        return command;
    }

    private static int Boot(LabCloud cloud, string name, Guid id)
    {
        JsonObject port = cloud.Neutron.Get("ports", id.ToString());
        if (LabCommand.Members(cloud.Plan.Name) is var members && members.Contains(name))
        {
            throw new LabException($"'{name}' is in lab '{cloud.Plan.Name}' already");
        }

        if ((string?)port["binding:host_id"] is not { Length: > 0 } node || !members.Contains(node))
        {
            throw new LabException($"port {id} is bound to none of the lab's nodes; set its host: openstack port set --host NODE {id}");
        }

        Instance instance = cloud.Boot(name, node, port);
        cloud.WaitActive(instance);
        Console.WriteLine($"{name} runs on {node} with {string.Join(" and ", instance.Addresses)}");
        return 0;
    }
}
