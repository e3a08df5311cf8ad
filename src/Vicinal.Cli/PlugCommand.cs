using System.CommandLine;
using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;
using Vicinal.Lab.Instances;
using Vicinal.Packets;

namespace Vicinal.Cli;

/// <summary>Makes the interface that the agent wires, and its other end inside a namespace: what a hypervisor does for an instance.</summary>
internal static class PlugCommand
{
    /// <summary>The agent may have to wire the port first.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    public static Command Build()
    {
        Argument<Guid> port = new("port") { Description = "The port's id." };
        Option<string> ns = new("--netns") { Description = "Namespace that gets the instance's end, made when it is not there.", HelpName = "NAME", Required = true };
        Option<string> mac = new("--mac") { Description = "The port's MAC address.", HelpName = "MAC", Required = true };
        Option<string> name = new("--name") { Description = "Name of the interface inside.", HelpName = "NAME", DefaultValueFactory = _ => "eth0" };
        Option<int> mtu = new("--mtu") { Description = "The network's MTU.", HelpName = "BYTES", DefaultValueFactory = _ => 1442 };
        Option<string[]> addresses = new("--address") { Description = "Address and prefix length to set inside. May be repeated.", HelpName = "IP/LENGTH" };
        Option<string[]> gateways = new("--gateway") { Description = "Default route to set inside. May be repeated, once a family.", HelpName = "IP" };
        Option<bool> dhcp = new("--dhcp") { Description = "Learn IPv4 address, routes and MTU by DHCP; IPv6 comes by router advertisements by itself." };
        Command command = new("plug", "Plugs a namespace into a port, as a hypervisor plugs an instance.") { port, ns, mac, name, mtu, addresses, gateways, dhcp };
        command.SetAction(settings =>
        {
            try
            {
                Plug plug = new()
                {
                    PortId = settings.GetValue(port),
                    Namespace = settings.GetValue(ns)!,
                    Mac = MacAddress.Parse(settings.GetValue(mac)!, null),
                    Interface = settings.GetValue(name)!,
                    Mtu = settings.GetValue(mtu),
                    Addresses = [.. (settings.GetValue(addresses) ?? []).Select(WithLength)],
                    Gateways = [.. (settings.GetValue(gateways) ?? []).Select(text => IpAddress.Parse(text, null))],
                };
                plug.Wire();
                if (settings.GetValue(dhcp))
                {
                    IpAddress given = DhcpClient.Boot(NetworkNamespace.Open(plug.Namespace), plug.Interface, plug.Mac, s_patience);
                    Console.WriteLine($"{plug.Namespace} has {given}");
                }

                return 0;
            }
            catch (Exception e) when (e is DeviceException or FormatException or LabException)
            {
                Console.Error.WriteLine($"vicinal plug: {e.Message}");
                return 1;
            }
        });
        return command;
    }

    private static (IpAddress Address, int PrefixLength) WithLength(string text)
    {
        string[] parts = text.Split('/');
        IpAddress address = IpAddress.Parse(parts[0], null);
        return parts.Length == 2 && int.TryParse(parts[1], out int length) && length >= 0 && length <= address.Bits
            ? (address, length)
            : throw new FormatException($"'{text}' is not IP/LENGTH");
    }
}
