using System.CommandLine;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using ParseResult = System.CommandLine.ParseResult;

namespace Vicinal.Cli;

/// <summary>What the operator decides once for the whole cloud.</summary>
internal sealed class CloudOptions
{
    private readonly Option<string[]> _types = new("--tenant-network-type") { Description = "Types tried in order for a network that names none: geneve, vxlan, vlan. May be repeated.", HelpName = "TYPE" };
    private readonly Option<string> _vnis = new("--vni-range") { Description = "Tunnel keys that networks and routers get by themselves.", HelpName = "FIRST:LAST", DefaultValueFactory = _ => "1:16777215" };
    private readonly Option<string[]> _physical = new("--physical-network") { Description = "Names that flat and vlan networks may use; none given: any that an agent has a bridge mapping for. May be repeated.", HelpName = "NAME" };
    private readonly Option<string[]> _vlans = new("--vlan-range") { Description = "VLAN ids of a physical network for tenant networks. May be repeated.", HelpName = "NAME:FIRST:LAST" };
    private readonly Option<int> _mtu = new("--global-mtu") { Description = "MTU of the underlay and of physical networks, in bytes.", HelpName = "BYTES", DefaultValueFactory = _ => 1500 };
    private readonly Option<bool> _distributed = new("--router-distributed") { Description = "Whether a router whose creator does not say is distributed.", DefaultValueFactory = _ => true };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_types, _vnis, _physical, _vlans, _mtu, _distributed])
        {
            command.Add(option);
        }
    }

    public CloudSettings Read(ParseResult settings)
    {
        (uint first, uint last) = Range("--vni-range", settings.GetValue(_vnis)!, CloudSettings.Default.LastVni);
        string[] types = settings.GetValue(_types) ?? [];
        return CloudSettings.Default with
        {
            TenantNetworkTypes = types.Length == 0 ? CloudSettings.Default.TenantNetworkTypes : types.ToValueList(),
            FirstVni = first,
            LastVni = last,
            PhysicalNetworks = (settings.GetValue(_physical) ?? []).ToValueList(),
            VlanRanges = (settings.GetValue(_vlans) ?? []).Select(VlanRangeOf).ToValueList(),
            GlobalMtu = settings.GetValue(_mtu) is >= 1280 and <= 65_535 and int mtu ? mtu : throw new SettingException("--global-mtu: 1280 to 65535 bytes"),
            RouterDistributed = settings.GetValue(_distributed),
        };
    }

    private static VlanRange VlanRangeOf(string text)
    {
        int colon = text.IndexOf(':');
        if (colon <= 0)
        {
            throw new SettingException($"--vlan-range: '{text}' is not NAME:FIRST:LAST");
        }

        (uint first, uint last) = Range("--vlan-range", text[(colon + 1)..], 4094);
        return new VlanRange(text[..colon], (int)first, (int)last);
    }

    private static (uint First, uint Last) Range(string option, string text, uint most)
    {
        string[] parts = text.Split(':');
        return parts.Length == 2 && uint.TryParse(parts[0], out uint first) && uint.TryParse(parts[1], out uint last)
            && first >= 1 && first <= last && last <= most
            ? (first, last)
            : throw new SettingException($"{option}: '{text}' is not FIRST:LAST within 1:{most}");
    }
}
