namespace Vicinal.Deployment.Sites;

/// <summary>VLANs of a physical network. Without a range (null) only provider networks use them, by ids that an administrator names.</summary>
public readonly record struct PhysicalVlans(string PhysicalNetwork, NumberRange? TenantRange)
{
    public override string ToString() => TenantRange is { } range ? $"{PhysicalNetwork}:{range}" : PhysicalNetwork;
}
