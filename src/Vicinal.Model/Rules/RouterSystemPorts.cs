using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Ports that routers and floating IPs make for themselves: without filters, wired by no node.</summary>
internal static class RouterSystemPorts
{
    /// <summary>The port, for the caller to finish and put.</summary>
    public static Port New(TopologyEdit edit, Guid networkId, MacAddress mac, ValueList<FixedIp> addresses, string owner, Guid deviceId) =>
        new()
        {
            Id = edit.NewId(),
            NetworkId = networkId,
            MacAddress = mac,
            FixedIps = addresses,
            DeviceOwner = owner,
            DeviceId = deviceId.ToString(),
            PortSecurityEnabled = false,
            PortKey = edit.Current.NextPortKey(networkId),
        };

    /// <summary>A MAC that no port of the network has.</summary>
    public static MacAddress FreeMac(TopologyEdit edit, Guid networkId)
    {
        const ulong Base = 0xFA16_3E00_0000;
        Span<byte> drawn = stackalloc byte[16];
        for (int attempt = 0; attempt < 16; attempt++)
        {
            _ = edit.NewId().TryWriteBytes(drawn);
            MacAddress mac = new(Base | ((ulong)drawn[13] << 16) | ((ulong)drawn[14] << 8) | drawn[15]);
            if (!edit.Current.PortsByMac.ContainsKey((networkId, mac)))
            {
                return mac;
            }
        }

        throw new NeutronFault(503, "NetworkMacAddressGenerationFailure", $"Unable to generate unique mac on network {networkId}.");
    }
}
