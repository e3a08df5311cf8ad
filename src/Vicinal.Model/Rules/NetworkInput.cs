namespace Vicinal.Model.Rules;

/// <summary>What a request says about a network. What it does not say is taken from the settings, or stays as it is.</summary>
public sealed record NetworkInput
{
    /// <summary>The owner; read at creation only.</summary>
    public string ProjectId { get; init; } = "";

    public Given<string> Name { get; init; }

    public Given<string> Description { get; init; }

    public Given<bool> AdminStateUp { get; init; }

    public Given<bool> Shared { get; init; }

    public Given<bool> External { get; init; }

    public Given<bool> IsDefault { get; init; }

    public Given<bool> PortSecurityEnabled { get; init; }

    /// <summary>0 is "as large as the type allows".</summary>
    public Given<int> Mtu { get; init; }

    public Given<string> DnsDomain { get; init; }

    public Given<string?> NetworkType { get; init; }

    public Given<string?> PhysicalNetwork { get; init; }

    public Given<int?> SegmentationId { get; init; }
}
