using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Attributes;

namespace Vicinal.Server.Api.Ports;

/// <summary>Attributes of a port that only some callers may set: on a shared network its owner rules over addresses and trust.</summary>
internal static class PortPolicy
{
    private static readonly string[] s_ofNetworkOwner = ["allowed_address_pairs", "port_security_enabled"];

    public static void CheckCreate(AttributeValues values, Network network, Caller caller)
    {
        const string Action = "create_port";
        if (caller.Owns(network))
        {
            return;
        }

        Refuse(Action, values, [.. s_ofNetworkOwner, "mac_address"]);
        if (!network.Shared)
        {
            Refuse(Action, values, ["fixed_ips"]);
        }

        RefuseTrustedOwner(Action, values);
    }

    public static void CheckUpdate(AttributeValues values, Port port, Topology topology, Caller caller)
    {
        const string Action = "update_port";
        if (!caller.IsAdmin)
        {
            Refuse(Action, values, ["mac_address"]);
        }

        if (topology.Networks.TryGetValue(port.NetworkId, out Network? network) && caller.Owns(network))
        {
            return;
        }

        Refuse(Action, values, [.. s_ofNetworkOwner, "fixed_ips"]);
        RefuseTrustedOwner(Action, values);
    }

    private static void RefuseTrustedOwner(string action, AttributeValues values)
    {
        if (DeviceOwners.IsTrusted(values.Get<string>("device_owner").Or("")))
        {
            Refuse(action, values, ["device_owner"]);
        }
    }

    private static void Refuse(string action, AttributeValues values, string[] names)
    {
        if (Array.Find(names, values.Has) is { } name)
        {
            throw ApiFaults.NotAuthorized($"{action} and rule:{action}:{name}");
        }
    }
}
