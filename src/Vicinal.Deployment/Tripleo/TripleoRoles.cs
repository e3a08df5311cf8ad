using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Tripleo;

/// <summary>TripleO's roles that are roles of a site: in `ROLEParameters` and in `OS::TripleO::ROLE::Net::SoftwareConfig`.</summary>
internal static class TripleoRoles
{
    private const string Parameters = "Parameters";

    /// <summary>Null for a role that has no agent here, such as BlockStorage.</summary>
    public static AgentDraft? Find(SiteDraft site, string role) => role switch
    {
        "Compute" or "ComputeDVR" => site.ComputeRole,
        "Controller" or "Networker" => site.GatewayRole,
        _ => null,
    };

    /// <summary>The role whose own parameters a key holds; null for any other key.</summary>
    public static string? OfParameters(string key) =>
        key.EndsWith(Parameters, StringComparison.Ordinal) && key.Length > Parameters.Length ? key[..^Parameters.Length] : null;
}
