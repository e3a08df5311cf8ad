using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>binding:vif_type and what stands behind it.</summary>
public static class PortBinding
{
    public const string Unbound = "unbound";
    public const string Ovs = "ovs";
    public const string Failed = "binding_failed";
    public const string Distributed = "distributed";

    private const string NormalVnic = "normal";

    /// <summary>Binds when the host's agent can carry the network; a port may name its host before that agent has come.</summary>
    public static string VifTypeOf(Topology topology, Network network, string host, string vnicType, string owner)
    {
        if (owner == DeviceOwner.RouterInterfaceDistributed)
        {
            return Distributed;
        }

        if (host.Length == 0)
        {
            return Unbound;
        }

        return vnicType == NormalVnic && topology.AgentOn(host) is { } agent && AgentModes.CanCarry(agent, network) ? Ovs : Failed;
    }
}
