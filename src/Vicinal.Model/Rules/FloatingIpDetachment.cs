using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>Floating IPs whose port or fixed address goes away lead nowhere until someone associates them anew.</summary>
internal static class FloatingIpDetachment
{
    public static void Leave(TopologyEdit edit, Guid port) => Detach(edit, port, static _ => true);

    public static void FollowAddresses(TopologyEdit edit, Port port) =>
        Detach(edit, port.Id, floating => !port.FixedIps.Any(ip => ip.Address == floating.FixedIpAddress));

    private static void Detach(TopologyEdit edit, Guid port, Func<FloatingIp, bool> leaves)
    {
        FloatingIp[] floating = [.. edit.Current.FloatingIpsByPort[port].Order().Select(id => edit.Current.FloatingIps[id]).Where(leaves)];
        foreach (FloatingIp ip in floating)
        {
            edit.Put(FloatingIpAssociations.Disassociated(ip));
        }
    }
}
