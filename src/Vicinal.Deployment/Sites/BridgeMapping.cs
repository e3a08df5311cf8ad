namespace Vicinal.Deployment.Sites;

/// <summary>A physical network, and what reaches it: a NIC, or a bridge of the network configuration that stands for its NIC.</summary>
public readonly record struct BridgeMapping(string PhysicalNetwork, string Target)
{
    public override string ToString() => $"{PhysicalNetwork}:{Target}";
}
