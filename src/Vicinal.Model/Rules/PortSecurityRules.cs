using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>port_security_enabled, security_groups and allowed_address_pairs: what each allows of the others.</summary>
internal static class PortSecurityRules
{
    /// <summary>A new port's three, from the request, the network and the project's default group.</summary>
    public static Port Apply(TopologyEdit edit, Port port, Network network, PortInput input, CloudSettings settings, Requester requester)
    {
        bool enabled = !DeviceOwners.IsTrusted(port.DeviceOwner) && input.PortSecurityEnabled.Or(network.PortSecurityEnabled);
        IReadOnlyList<Guid> groups = input.SecurityGroups.Or([]);
        IReadOnlyList<AddressPairRequest> pairs = input.AllowedAddressPairs.Or([]);
        if (!enabled && pairs.Count > 0)
        {
            throw PortFaults.PairsNeedPortSecurity();
        }

        if (!enabled && groups.Count > 0)
        {
            throw PortFaults.GroupsNeedPortSecurity();
        }

        return port with
        {
            PortSecurityEnabled = enabled,
            SecurityGroups = input.SecurityGroups.IsGiven || !enabled
                ? Known(edit.Current, groups, requester)
                : [SecurityGroups.EnsureDefault(edit, port.ProjectId).Id],
            AllowedAddressPairs = Pairs(pairs, port.MacAddress, settings),
        };
    }

    /// <summary>A changed port's three. Turning port security off needs the groups and pairs gone, before or with it.</summary>
    public static Port Change(TopologyEdit edit, Port before, Port port, PortInput input, CloudSettings settings, Requester requester)
    {
        bool enabled = input.PortSecurityEnabled.Or(before.PortSecurityEnabled) && !DeviceOwners.IsTrusted(port.DeviceOwner);
        ValueList<AddressPair> pairs = input.AllowedAddressPairs.IsGiven
            ? Pairs(input.AllowedAddressPairs.Value, port.MacAddress, settings)
            : FollowMac(before, port.MacAddress);
        ValueList<Guid> groups = input.SecurityGroups.IsGiven
            ? Known(edit.Current, input.SecurityGroups.Value, requester)
            : before.SecurityGroups;
        if (!enabled && !pairs.IsEmpty)
        {
            throw PortFaults.PairsNeedPortSecurity();
        }

        if (!enabled && !groups.IsEmpty)
        {
            throw input.SecurityGroups.IsGiven ? PortFaults.GroupsNeedPortSecurity() : PortFaults.GroupsAreSet();
        }

        return port with { PortSecurityEnabled = enabled, SecurityGroups = groups, AllowedAddressPairs = pairs };
    }

    private static ValueList<Guid> Known(Topology topology, IReadOnlyList<Guid> ids, Requester requester)
    {
        foreach (Guid id in ids)
        {
            if (!topology.SecurityGroups.TryGetValue(id, out SecurityGroup? group) || !(requester.Owns(group) || group.Shared))
            {
                throw PortFaults.UnknownGroup(id);
            }
        }

        return ids.Distinct().ToValueList();
    }

    private static ValueList<AddressPair> Pairs(IReadOnlyList<AddressPairRequest> requests, MacAddress own, CloudSettings settings)
    {
        if (requests.Count > settings.MaxAllowedAddressPairs)
        {
            throw PortFaults.TooManyPairs(settings.MaxAllowedAddressPairs);
        }

        List<AddressPair> pairs = [];
        foreach (AddressPairRequest request in requests)
        {
            AddressPair pair = new(request.Prefix, request.Mac ?? own);
            if (pairs.Contains(pair))
            {
                throw PortFaults.DuplicatePair(request.Mac?.ToString() ?? "None", Text(request.Prefix));
            }

            pairs.Add(pair);
        }

        return pairs.ToValueList();
    }

    /// <summary>Pairs that were under the port's own MAC stay so when it changes.</summary>
    private static ValueList<AddressPair> FollowMac(Port before, MacAddress mac) => mac == before.MacAddress
        ? before.AllowedAddressPairs
        : before.AllowedAddressPairs.Select(p => p.Mac == before.MacAddress ? p with { Mac = mac } : p).ToValueList();

    /// <summary>As the user wrote it: a host without its length.</summary>
    private static string Text(IpPrefix prefix) =>
        prefix.Length == prefix.Address.Bits ? prefix.Address.ToString() : prefix.ToString();
}
