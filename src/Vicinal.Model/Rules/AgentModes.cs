using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>What an agent's mode and mappings make it able to do.</summary>
public static class AgentModes
{
    public const string Legacy = "legacy";
    public const string Dvr = "dvr";
    public const string DvrSnat = "dvr_snat";
    public const string DvrNoExternal = "dvr_no_external";

    public static bool IsKnown(string mode) => mode is Legacy or Dvr or DvrSnat or DvrNoExternal;

    /// <summary>Modes in which a node may be chosen for what is not distributed; on the others nothing is put, by hand neither.</summary>
    public static bool IsGateway(string mode) => mode is DvrSnat or Legacy;

    /// <summary>Only a dvr_snat node serves distributed routers' SNAT; a legacy one takes centralized routers alone.</summary>
    public static bool Serves(string mode, RouterKind kind) => mode == DvrSnat || (mode == Legacy && !kind.Distributed);

    /// <summary>Whether floating IPs of the node's own ports are translated on it; on the others they go by the gateway.</summary>
    public static bool TranslatesFloatingIps(string mode) => mode is Dvr or DvrSnat;

    /// <summary>Whether the node can have ports on the network: it has the bridge, or an end of tunnels of that type.</summary>
    public static bool CanCarry(Agent agent, Network network) => network.PhysicalNetwork is { } physical
        ? HasMapping(agent, physical)
        : !agent.TunnelAddress.IsUnspecified && agent.TunnelTypes.Contains(network.NetworkType);

    public static bool HasMapping(Agent agent, string physicalNetwork)
    {
        foreach (BridgeMapping mapping in agent.BridgeMappings)
        {
            if (mapping.PhysicalNetwork == physicalNetwork)
            {
                return true;
            }
        }

        return false;
    }
}
