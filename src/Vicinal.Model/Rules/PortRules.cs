using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>What Neutron demands of ports.</summary>
public static class PortRules
{
    public static Port Get(Topology topology, Guid id) => topology.Ports.GetValueOrDefault(id) ?? throw PortFaults.NotFound(id);

    /// <summary>A port that a user asks for.</summary>
    public static Port Create(TopologyEdit edit, PortInput input, CloudSettings settings, Requester requester)
    {
        Network network = NetworkRules.Get(edit.Current, input.NetworkId);
        string owner = input.DeviceOwner.Or("");
        string device = input.DeviceId.Or("");
        Guid id = edit.NewId();
        RefuseRouterOwner("create", owner, id);
        RefuseForeignDevice(edit.Current, device, requester);
        MacAddress mac = ChooseMac(edit, network.Id, input.MacAddress.Or(null), settings);
        string host = input.BindingHostId.Or("");
        string vnic = input.BindingVnicType.Or("normal");
        Port port = new()
        {
            Id = id,
            ProjectId = input.ProjectId,
            Name = input.Name.Or(""),
            Description = input.Description.Or(""),
            NetworkId = network.Id,
            MacAddress = mac,
            FixedIps = Ipam.ForNewPort(edit.Current, network.Id, mac, owner, input.FixedIps.IsGiven ? input.FixedIps.Value : null),
            AdminStateUp = input.AdminStateUp.Or(true),
            DeviceId = device,
            DeviceOwner = owner,
            BindingHostId = host,
            BindingVnicType = vnic,
            BindingVifType = PortBinding.VifTypeOf(edit.Current, network, host, vnic, owner),
            BindingProfile = input.BindingProfile.Or("{}"),
            DnsName = input.DnsName.Or(""),
            ExtraDhcpOptions = ExtraDhcpOptions.Apply(default, input.ExtraDhcpOptions.Or([])),
            PortKey = edit.Current.NextPortKey(network.Id),
        };
        return edit.Put(PortSecurityRules.Apply(edit, port, network, input, settings, requester));
    }

    /// <summary>A port that a router or a floating IP makes for itself: trusted, and out of the port API's reach.</summary>
    public static Port CreateSystemPort(TopologyEdit edit, SystemPort wanted, CloudSettings settings)
    {
        Network network = NetworkRules.Get(edit.Current, wanted.NetworkId);
        MacAddress mac = ChooseMac(edit, network.Id, wanted.MacAddress, settings);
        return edit.Put(new Port
        {
            Id = edit.NewId(),
            ProjectId = wanted.ProjectId,
            Name = wanted.Name,
            NetworkId = network.Id,
            MacAddress = mac,
            FixedIps = Ipam.ForNewPort(edit.Current, network.Id, mac, wanted.DeviceOwner, wanted.FixedIps),
            DeviceId = wanted.DeviceId,
            DeviceOwner = wanted.DeviceOwner,
            Status = wanted.Status,
            PortSecurityEnabled = false,
            BindingVifType = PortBinding.VifTypeOf(edit.Current, network, "", "normal", wanted.DeviceOwner),
            PortKey = edit.Current.NextPortKey(network.Id),
        });
    }

    /// <summary>New addresses for a port by its router's will; those it has and that are asked for again stay.</summary>
    public static Port ChangeAddresses(TopologyEdit edit, Port port, IReadOnlyList<FixedIpRequest> requests)
    {
        Port after = edit.Put(port with { FixedIps = Ipam.ForChangedPort(edit.Current, port, port.MacAddress, requests) });
        FloatingIpDetachment.FollowAddresses(edit, after);
        return after;
    }

    /// <summary>A user's change.</summary>
    public static Port Update(TopologyEdit edit, Port before, PortInput input, CloudSettings settings, Requester requester)
    {
        Network network = NetworkRules.Get(edit.Current, before.NetworkId);
        RefuseRouterPortChange(before, input);
        string owner = input.DeviceOwner.Or(before.DeviceOwner);
        string device = input.DeviceId.Or(before.DeviceId);
        if (owner != before.DeviceOwner)
        {
            RefuseRouterOwner("update", owner, before.Id);
        }

        if (device != before.DeviceId)
        {
            RefuseForeignDevice(edit.Current, device, requester);
        }

        MacAddress mac = ChangeMac(edit, before, input, settings);
        Port port = before with
        {
            Name = input.Name.Or(before.Name),
            Description = input.Description.Or(before.Description),
            AdminStateUp = input.AdminStateUp.Or(before.AdminStateUp),
            MacAddress = mac,
            FixedIps = ChangeFixedIps(edit.Current, before, mac, owner, input),
            DeviceId = device,
            DeviceOwner = owner,
            BindingProfile = input.BindingProfile.Or(before.BindingProfile),
            DnsName = input.DnsName.Or(before.DnsName),
            ExtraDhcpOptions = ExtraDhcpOptions.Apply(before.ExtraDhcpOptions, input.ExtraDhcpOptions.Or([])),
        };
        port = Rebind(edit.Current, before, port, network, input);
        port = edit.Put(PortSecurityRules.Change(edit, before, port, input, settings, requester));
        FloatingIpDetachment.FollowAddresses(edit, port);
        return port;
    }

    /// <summary>A user's removal: ports of routers and floating IPs go with those.</summary>
    public static void Delete(TopologyEdit edit, Port port)
    {
        if (DeviceOwners.IsRouterOwned(port.DeviceOwner))
        {
            throw PortFaults.OwnedByService(port.Id, port.DeviceOwner);
        }

        Remove(edit, port);
    }

    /// <summary>Removes any port; floating IPs that led to it stay, associated with nothing.</summary>
    public static void Remove(TopologyEdit edit, Port port)
    {
        FloatingIpDetachment.Leave(edit, port.Id);
        edit.Remove(port);
    }

    private static MacAddress ChooseMac(TopologyEdit edit, Guid network, MacAddress? wanted, CloudSettings settings)
    {
        if (wanted is not { } mac)
        {
            return MacGeneration.Next(edit, network, settings.BaseMac);
        }

        return edit.Current.PortsByMac.ContainsKey((network, mac)) ? throw PortFaults.MacInUse(network, mac) : mac;
    }

    private static MacAddress ChangeMac(TopologyEdit edit, Port before, PortInput input, CloudSettings settings)
    {
        if (!input.MacAddress.IsGiven || input.MacAddress.Value == before.MacAddress)
        {
            return before.MacAddress;
        }

        return before.BindingVifType is PortBinding.Ovs && before.DeviceOwner.StartsWith(DeviceOwner.ComputePrefix, StringComparison.Ordinal)
            ? throw PortFaults.MacOfBoundPort(before.Id, before.BindingHostId)
            : ChooseMac(edit, before.NetworkId, input.MacAddress.Value, settings);
    }

    private static ValueList<FixedIp> ChangeFixedIps(Topology topology, Port before, MacAddress mac, string owner, PortInput input)
    {
        if (!input.FixedIps.IsGiven && mac == before.MacAddress)
        {
            return before.FixedIps;
        }

        IReadOnlyList<FixedIpRequest> requests = input.FixedIps.IsGiven
            ? input.FixedIps.Value
            : [.. before.FixedIps.Where(ip => !Ipam.IsAutomatic(topology.Subnets[ip.SubnetId])).Select(ip => new FixedIpRequest(ip.SubnetId, ip.Address))];
        return Ipam.ForChangedPort(topology, before with { DeviceOwner = owner }, mac, requests);
    }

    /// <summary>Another host, or none, means another node that has wired nothing yet.</summary>
    private static Port Rebind(Topology topology, Port before, Port port, Network network, PortInput input)
    {
        string host = input.BindingHostId.Or(before.BindingHostId);
        string vnic = input.BindingVnicType.Or(before.BindingVnicType);
        bool asked = input.BindingHostId.IsGiven && before.BindingVifType == PortBinding.Failed;
        if (host == before.BindingHostId && vnic == before.BindingVnicType && !asked)
        {
            return port;
        }

        return port with
        {
            BindingHostId = host,
            BindingVnicType = vnic,
            BindingVifType = PortBinding.VifTypeOf(topology, network, host, vnic, port.DeviceOwner),
            Status = PortStatus.Down,
        };
    }

    /// <summary>
    /// The forwarding state takes these owners for a router's own word, so nobody else may claim them, whoever he is.
    /// </summary>
    private static void RefuseRouterOwner(string operation, string owner, Guid port)
    {
        if (DeviceOwners.IsRouterOwned(owner))
        {
            throw PortFaults.OwnerNotForUsers(operation, owner, port.ToString());
        }
    }

    private static void RefuseForeignDevice(Topology topology, string device, Requester requester)
    {
        if (!requester.IsAdmin
            && Guid.TryParse(device, out Guid id)
            && topology.Routers.TryGetValue(id, out Router? router)
            && !requester.Owns(router))
        {
            throw PortFaults.OtherTenantsDevice(device);
        }
    }

    private static void RefuseRouterPortChange(Port port, PortInput input)
    {
        if (!DeviceOwners.IsRouterOwned(port.DeviceOwner))
        {
            return;
        }

        if (input.DeviceOwner.Or(port.DeviceOwner) != port.DeviceOwner
            || input.DeviceId.Or(port.DeviceId) != port.DeviceId
            || input.BindingHostId.Or(port.BindingHostId) != port.BindingHostId
            || (input.MacAddress.IsGiven && input.MacAddress.Value != port.MacAddress))
        {
            throw PortFaults.OwnerNotForUsers("update", port.DeviceOwner, port.Id.ToString());
        }

        if (input.FixedIps.IsGiven && !AsksForSame(port, input.FixedIps.Value))
        {
            throw PortFaults.AddressChange(port.Id);
        }
    }

    private static bool AsksForSame(Port port, IReadOnlyList<FixedIpRequest> requests) =>
        requests.Count == port.FixedIps.Count
        && requests.All(r => port.FixedIps.Any(ip => r.Address == ip.Address && (r.SubnetId ?? ip.SubnetId) == ip.SubnetId));
}
