namespace Vicinal.Deployment.Sites;

/// <summary>What is said so far of a role's nodes, or of one node beyond its roles. Null: nothing yet.</summary>
internal class AgentDraft
{
    public Setting<string>? Mode { get; set; }

    public Setting<string>? TunnelNic { get; set; }

    public Setting<IReadOnlyList<BridgeMapping>>? BridgeMappings { get; set; }

    public Setting<string>? NetworkConfig { get; set; }

    /// <summary>In the order of their first mention.</summary>
    public List<SiteNic> Nics { get; } = [];

    /// <summary>A NIC's MTU is said anew by a later file; its place in the order stays.</summary>
    public void PutNic(SiteNic nic)
    {
        int at = Nics.FindIndex(known => known.Name == nic.Name);
        if (at < 0)
        {
            Nics.Add(nic);
        }
        else
        {
            Nics[at] = nic with { Mtu = nic.Mtu ?? Nics[at].Mtu };
        }
    }
}
