using System.CommandLine;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using ParseResult = System.CommandLine.ParseResult;

namespace Vicinal.Cli;

/// <summary>How the cloud's networks travel: types, segmentation ids, physical networks and MTUs.</summary>
internal sealed class NetworkOptions
{
    private const int LeastMtu = 1280;
    private const int MostMtu = 65_535;

    private static readonly string[] s_tunnelTypes = [NetworkTypes.Geneve, NetworkTypes.Vxlan, NetworkTypes.Gre];

    private readonly Option<string[]> _types = new("--tenant-network-type") { Description = "Types tried in order for a network that names none: geneve, vxlan, gre, vlan. May be repeated.", HelpName = "TYPE" };
    private readonly Option<string[]> _vnis = new("--vni-range") { Description = "Tunnel keys that networks get by themselves, of one type or of all; routers draw theirs from Geneve's. None given: all that there are. May be repeated.", HelpName = "[TYPE:]FIRST:LAST" };
    private readonly Option<string[]> _physical = new("--physical-network") { Description = "Names that flat and vlan networks may use; none given: any that an agent has a bridge mapping for. May be repeated.", HelpName = "NAME" };
    private readonly Option<string[]> _vlans = new("--vlan-range") { Description = "VLAN ids of a physical network for tenant networks; a name alone is for provider networks only. May be repeated.", HelpName = "NAME[:FIRST:LAST]" };
    private readonly Option<int> _mtu = new("--global-mtu") { Description = "MTU of the underlay and of physical networks, in bytes.", HelpName = "BYTES", DefaultValueFactory = _ => 1500 };
    private readonly Option<int> _pathMtu = new("--path-mtu") { Description = "MTU of the way that tunnels take, where it is less than --global-mtu; 0: it is not.", HelpName = "BYTES", DefaultValueFactory = _ => 0 };
    private readonly Option<string[]> _physicalMtus = new("--physical-network-mtu") { Description = "MTU of a physical network, where it is less than --global-mtu. May be repeated.", HelpName = "NAME:BYTES" };
    private readonly Option<int> _ipVersion = new("--overlay-ip-version") { Description = "IP version of the nodes' tunnel addresses.", HelpName = "4|6", DefaultValueFactory = _ => 4 };

    public IEnumerable<Option> All => [_types, _vnis, _physical, _vlans, _mtu, _pathMtu, _physicalMtus, _ipVersion];

    public CloudSettings Read(ParseResult settings, CloudSettings cloud)
    {
        string[] types = settings.GetValue(_types) ?? [];
        int pathMtu = settings.GetValue(_pathMtu);
        return cloud with
        {
            TenantNetworkTypes = types.Length == 0 ? cloud.TenantNetworkTypes : types.ToValueList(),
            TunnelRanges = (settings.GetValue(_vnis) ?? []).SelectMany(TunnelRangesOf).ToValueList(),
            PhysicalNetworks = (settings.GetValue(_physical) ?? []).ToValueList(),
            VlanRanges = (settings.GetValue(_vlans) ?? []).Select(VlanRangeOf).ToValueList(),
            GlobalMtu = MtuOf("--global-mtu", settings.GetValue(_mtu)),
            PathMtu = pathMtu == 0 ? 0 : MtuOf("--path-mtu", pathMtu),
            PhysicalNetworkMtus = (settings.GetValue(_physicalMtus) ?? []).Select(PhysicalMtuOf).ToValueList(),
            OverlayIpVersion = settings.GetValue(_ipVersion) is (4 or 6) and int version ? version : throw new SettingException("--overlay-ip-version: 4 or 6"),
        };
    }

    private static IEnumerable<TunnelRange> TunnelRangesOf(string text)
    {
        int colon = text.IndexOf(':');
        string type = colon > 0 ? text[..colon] : "";
        if (!NetworkTypes.IsTunnelled(type))
        {
            (uint first, uint last) = RangeOf("--vni-range", "[TYPE:]FIRST:LAST", text, text, NetworkTypes.LastKey(NetworkTypes.Geneve));
            return s_tunnelTypes.Select(each => new TunnelRange(each, first, last));
        }

        (uint least, uint most) = RangeOf("--vni-range", "TYPE:FIRST:LAST", text, text[(colon + 1)..], NetworkTypes.LastKey(type));
        return [new TunnelRange(type, least, most)];
    }

    private static VlanRange VlanRangeOf(string text)
    {
        string[] parts = text.Split(':', 2);
        if (parts[0].Length == 0)
        {
            throw new SettingException($"--vlan-range: '{text}' is not NAME or NAME:FIRST:LAST");
        }

        if (parts.Length == 1)
        {
            return VlanRange.ProviderOnly(text);
        }

        (uint first, uint last) = RangeOf("--vlan-range", "NAME or NAME:FIRST:LAST", text, parts[1], NetworkTypes.LastVlan);
        return new VlanRange(parts[0], (int)first, (int)last);
    }

    private static PhysicalNetworkMtu PhysicalMtuOf(string text)
    {
        string[] parts = text.Split(':');
        return parts is [{ Length: > 0 } name, string bytes] && int.TryParse(bytes, out int mtu)
            ? new PhysicalNetworkMtu(name, MtuOf("--physical-network-mtu", mtu))
            : throw new SettingException($"--physical-network-mtu: '{text}' is not NAME:BYTES");
    }

    private static int MtuOf(string option, int bytes) =>
        bytes is >= LeastMtu and <= MostMtu ? bytes : throw new SettingException($"{option}: {LeastMtu} to {MostMtu} bytes");

    /// <param name="whole">What the operator wrote, for the message.</param>
    private static (uint First, uint Last) RangeOf(string option, string form, string whole, string range, int most)
    {
        string[] parts = range.Split(':');
        return parts.Length == 2 && uint.TryParse(parts[0], out uint first) && uint.TryParse(parts[1], out uint last)
            && first >= 1 && first <= last && last <= most
            ? (first, last)
            : throw new SettingException($"{option}: '{whole}' is not {form} within 1:{most}");
    }
}
