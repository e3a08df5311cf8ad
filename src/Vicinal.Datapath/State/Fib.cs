using System.Diagnostics.CodeAnalysis;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>Where a router sends what a prefix contains.</summary>
/// <param name="Interface">The way out, or null for the external gateway.</param>
/// <param name="NextHop">Null: the destination is on the link.</param>
internal sealed record FibEntry(IpPrefix Prefix, RouterInterface? Interface, IpAddress? NextHop, Origin Origin);

/// <summary>A router's routes. Connected prefixes win over extra routes, and these over the gateway's default, for the same prefix.</summary>
internal sealed class Fib
{
    private readonly PrefixTable<FibEntry> _entries = new();

    public bool TryFind(IpAddress destination, [NotNullWhen(true)] out FibEntry? entry) => _entries.TryFind(destination, out entry);

    public void Rebuild(IReadOnlyCollection<RouterInterface> interfaces, IEnumerable<RouteRow> routes, Gateway? gateway)
    {
        _entries.Clear();
        if (gateway is not null)
        {
            AddGateway(gateway);
        }

        // Of several next hops for one prefix the lowest is taken.
        foreach (RouteRow route in routes.OrderByDescending(r => r.NextHop))
        {
            if (Resolve(route, interfaces, gateway) is { } entry)
            {
                _entries.Set(route.Destination, entry);
            }
        }

        foreach (RouterInterface port in interfaces.OrderByDescending(i => i.Row.PortId))
        {
            foreach (InterfaceAddress address in port.Row.Addresses)
            {
                _entries.Set(address.Prefix, new FibEntry(address.Prefix, port, null, port.Row.Origin));
            }
        }
    }

    private void AddGateway(Gateway gateway)
    {
        foreach (IpAddress nextHop in gateway.Row.NextHops)
        {
            IpPrefix all = new(nextHop, 0);
            _entries.Set(all, new FibEntry(all, null, nextHop, gateway.Origin));
        }

        foreach (InterfaceAddress address in gateway.Row.Addresses)
        {
            _entries.Set(address.Prefix, new FibEntry(address.Prefix, null, null, gateway.Origin));
        }
    }

    /// <summary>Null while nothing of the router reaches the next hop.</summary>
    private static FibEntry? Resolve(RouteRow route, IReadOnlyCollection<RouterInterface> interfaces, Gateway? gateway)
    {
        foreach (RouterInterface port in interfaces)
        {
            foreach (InterfaceAddress address in port.Row.Addresses)
            {
                if (address.Prefix.Contains(route.NextHop))
                {
                    return new FibEntry(route.Destination, port, route.NextHop, route.Origin);
                }
            }
        }

        foreach (InterfaceAddress address in gateway?.Row.Addresses ?? [])
        {
            if (address.Prefix.Contains(route.NextHop))
            {
                return new FibEntry(route.Destination, null, route.NextHop, route.Origin);
            }
        }

        return null;
    }
}
