using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;
using Vicinal.Model.Rules;

namespace Vicinal.Deployment.Tripleo;

/// <summary>
/// What TripleO's parameters mean for a site. Parameters of other services are left alone; one of Neutron's or OVN's that is not known
/// here is a finding, so that nothing about the network is dropped unseen.
/// </summary>
internal static class ParameterKeys
{
    private const string ChassisIsGateway = "enable-chassis-as-gw";

    private static readonly KeyTable<SiteDraft> s_site = new()
    {
        { "NeutronEnableDVR", (site, value) => site.Dvr = IsUnset(value) ? site.Dvr : new(value.AsBoolean(), value.Place) },
        { "NeutronL3HA", (site, value) => site.Ha = IsUnset(value) ? site.Ha : new(value.AsBoolean(), value.Place) },
        { "NeutronAllowL3AgentFailover", (site, value) => site.AutomaticFailover = new(value.AsBoolean(), value.Place) },
        { "NeutronBridgeMappings", (site, value) => site.BridgeMappings = AgentKeys.Mappings(value) },
        { "NeutronTunnelTypes", (site, value) => site.TunnelTypes = SiteKeys.TunnelTypes(value) },
        { "NeutronNetworkType", (site, value) => site.TenantTypes = SiteKeys.Types(value) },
        { "NeutronFlatNetworks", (site, value) => site.FlatNetworks = SiteKeys.FlatNetworks(value) },
        { "NeutronNetworkVLANRanges", (site, value) => site.VlanRanges = SiteKeys.Vlans(value) },
        { "NeutronVniRanges", (site, value) => site.VniRanges = SiteKeys.Ranges(value, NetworkTypes.Geneve) },
        { "NeutronTunnelIdRanges", (site, value) => site.TunnelIdRanges = SiteKeys.Ranges(value, NetworkTypes.Gre) },
        { "NeutronGlobalPhysnetMtu", (site, value) => site.Mtu = value.Text == "0" ? site.Mtu : SiteKeys.Mtu(value) },
        { "NeutronML2PhysicalNetworkMtus", (site, value) => site.PhysicalMtus = SiteKeys.PhysicalMtus(value) },
        { "NeutronL3AgentMode", (site, value) => site.GatewayRole.Mode = new(AgentKeys.Mode(value), value.Place) },
        { "OVNCMSOptions", (site, value) => ReadChassisOptions(site.GatewayRole, value) },
        { "NeutronExternalNetworkBridge", NoteExternalBridge },

        // Of meaning in network configurations only, which ask for them by name.
        { "NeutronPhysicalBridge", (_, value) => value.AsInterface() },
        { "NeutronPublicInterface", (_, value) => value.AsInterface() },
    };

    private static readonly KeyTable<AgentDraft> s_role = new()
    {
        { "NeutronBridgeMappings", (role, value) => role.BridgeMappings = AgentKeys.Mappings(value) },
        { "NeutronL3AgentMode", (role, value) => role.Mode = new(AgentKeys.Mode(value), value.Place) },
        { "OVNCMSOptions", ReadChassisOptions },
    };

    /// <summary>The parameters that a site understands, in the order of the documentation.</summary>
    public static IEnumerable<string> OfSite => s_site;

    /// <summary>`parameter_defaults` or `parameters` of a file.</summary>
    public static void Apply(SiteDraft site, YamlValue parameters)
    {
        site.UsesTripleo = true;
        foreach (YamlEntry entry in parameters.AsMapping().Where(entry => entry.Value is { Text: not null, IsNull: false }))
        {
            site.Parameters[entry.Key] = entry.Value.Text!;
        }

        s_site.Apply(site, parameters, site.Found, entry =>
        {
            if (TripleoRoles.OfParameters(entry.Key) is { } role && entry.Value.Entries is not null)
            {
                ApplyRole(site, role, entry.Value);
            }
            else
            {
                Tell(site.Found, entry, known: null);
            }
        });
    }

    private static void ApplyRole(SiteDraft site, string role, YamlValue parameters) =>
        s_role.Apply(TripleoRoles.Find(site, role) ?? new AgentDraft(), parameters, site.Found, entry =>
            Tell(site.Found, entry, s_site.Has(entry.Key) ? $"{entry.Key} holds for the whole site: it belongs into parameter_defaults itself" : null));

    private static void Tell(FindingList found, YamlEntry entry, string? known)
    {
        if (known is not null)
        {
            found.Add(FindingKinds.UnknownKey, entry.Place, known);
        }
        else if (ParametersWithoutEffect.ReasonOf(entry.Key) is { } reason)
        {
            found.Add(FindingKinds.ParameterWithoutEffect, entry.Place, reason);
        }
        else if (entry.Key.StartsWith("Neutron", StringComparison.Ordinal) || entry.Key.StartsWith("OVN", StringComparison.Ordinal))
        {
            found.Add(FindingKinds.UnknownKey, entry.Place, "this parameter is not known here, and has no effect");
        }
    }

    /// <summary>TripleO's way to say nothing.</summary>
    private static bool IsUnset(YamlValue value) => value.IsNull || value.Text?.Length == 0;

    private static void ReadChassisOptions(AgentDraft role, YamlValue value)
    {
        if (value.AsWords().Any(word => word.Text == ChassisIsGateway))
        {
            role.Mode = new("dvr_snat", value.Place);
        }
    }

    private static void NoteExternalBridge(SiteDraft site, YamlValue value)
    {
        if (value.Text?.Trim('\'', '"', ' ') is { Length: > 0 } bridge)
        {
            site.Found.Add(FindingKinds.ExternalBridgeParameter, value.Place, $"an external bridge for the L3 agent ('{YamlValue.Shown(bridge)}') is a setting that no release since 15 reads");
        }
    }
}
