using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Clouds;

/// <content>Ports of instances.</content>
public sealed partial class RandomEdits
{
    private void AddPort()
    {
        if (InstancePorts().Count() < 60 && Pick(Topology.Networks.Values) is { } network)
        {
            SecurityGroup[] groups = [.. Topology.SecurityGroups.Values.Where(_ => Chance(40))];
            Cloud.AddPort(network, Chance(80) ? Pick(Hosts)! : "", SubnetsOf(network).Where(_ => Chance(70)), groups);
        }
    }

    private void ChangePort()
    {
        if (Pick(Chance(85) ? InstancePorts() : Topology.Ports.Values) is not { } port)
        {
            return;
        }

        bool instance = port.DeviceOwner.StartsWith("compute:", StringComparison.Ordinal);
        Cloud.Put(_random.Next(instance ? 9 : 3) switch
        {
            0 => port with { AdminStateUp = !port.AdminStateUp },
            1 => port with { MacAddress = Cloud.NewMac() },
            2 => port with { Status = Chance(50) ? PortStatus.Active : PortStatus.Down },
            3 or 4 => port with { BindingHostId = Chance(80) ? Pick(Hosts)! : "" },
            5 => port with { SecurityGroups = Topology.SecurityGroups.Keys.Where(_ => Chance(40)).ToValueList() },
            7 => port with { DnsName = Pick(["", "web", "Db", "mail.blue.example."])! },
            6 => port with { PortSecurityEnabled = !port.PortSecurityEnabled },
            _ => port with { AllowedAddressPairs = RandomPairs(port) },
        });
    }

    private void RemovePort()
    {
        if (Pick(InstancePorts()) is { } port)
        {
            Disassociate(Topology.FloatingIpsByPort[port.Id]);
            Cloud.Remove(port);
        }
    }

    private ValueList<AddressPair> RandomPairs(Port port) => new[] { "10.9.9.9/32", "10.9.0.0/24", "0.0.0.0/0", "2001:db8:9::/64", "::/0" }
        .Where(_ => Chance(40))
        .Select(p => new AddressPair(IpPrefix.Parse(p), port.MacAddress))
        .ToValueList();
}
