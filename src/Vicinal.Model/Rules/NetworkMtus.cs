namespace Vicinal.Model.Rules;

/// <summary>The largest MTU that a network may have, computed from the settings as Neutron's type drivers do.</summary>
public static class NetworkMtus
{
    private const int Ipv4HeaderSize = 20;
    private const int Ipv6HeaderSize = 40;

    public static int LargestOf(string networkType, string? physicalNetwork, CloudSettings settings) =>
        NetworkTypes.IsTunnelled(networkType)
            ? UnderlayMtu(settings) - IpHeaderSize(settings) - NetworkTypes.Overhead(networkType)
            : PhysicalMtu(physicalNetwork, settings);

    private static int UnderlayMtu(CloudSettings settings) =>
        settings.PathMtu == 0 ? settings.GlobalMtu : Math.Min(settings.GlobalMtu, settings.PathMtu);

    private static int IpHeaderSize(CloudSettings settings) => settings.OverlayIpVersion == 6 ? Ipv6HeaderSize : Ipv4HeaderSize;

    /// <summary>A physical network's own MTU can be less than the global one and never more.</summary>
    private static int PhysicalMtu(string? physicalNetwork, CloudSettings settings)
    {
        int mtu = settings.GlobalMtu;
        foreach (PhysicalNetworkMtu known in settings.PhysicalNetworkMtus)
        {
            mtu = known.PhysicalNetwork == physicalNetwork ? Math.Min(mtu, known.Mtu) : mtu;
        }

        return mtu;
    }
}
