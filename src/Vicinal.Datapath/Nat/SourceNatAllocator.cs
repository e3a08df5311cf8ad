using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Packets;

namespace Vicinal.Datapath.Nat;

/// <summary>
/// Chooses the external port (or ICMP identifier) of a source-translated connection. What must be unique is the reply tuple,
/// so one external port serves as many remote endpoints as there are, and each of them can be given all 64,512 ports. It
/// holds nothing itself: a port is taken while the tracker has the tuple. Finding is read-only as far as anyone can see; the choice
/// holds until the next commit. Same thread as the tracker.
/// </summary>
public sealed class SourceNatAllocator(ConnectionTracker tracker, ulong seed = 0)
{
    /// <summary>With nine ports in ten taken, one connection in a million is not placed by so many probes.</summary>
    private const int MaxProbes = 128;

    private readonly KeyedHash _hash = new(seed);

    /// <summary>The reply tuple to commit with the original, or false when all are taken (NatExhausted).</summary>
    /// <param name="address">What the source is translated to; of the original's family.</param>
    public bool TryFind(uint zone, in ConnectionTuple original, IpAddress address, out ConnectionTuple reply)
    {
        reply = original.Reversed with { Destination = address };
        ushort wanted = NatPorts.PortOf(in reply);
        int lowest = NatPorts.LowestOf(in reply);
        if ((wanted >= lowest || !NatPorts.HasChoice(in reply)) && !tracker.Contains(zone, in reply))
        {
            return true;
        }

        if (!NatPorts.HasChoice(in reply))
        {
            return false;
        }

        // A fixed order for each connection: the same packet traced and then forwarded is given the same port.
        ulong order = _hash.Of(original.Source.Low, original.Destination.Low, original.Tail, original.Source.High ^ zone);
        ConnectionTuple space = NatPorts.SpaceOf(in reply);
        return tracker.Crowds.TryGet(zone, in space, out PortMap map)
            ? TryFindIn(map, order, lowest, ref reply)
            : TryProbe(zone, order, lowest, ref reply) || TryFindIn(BeginMap(zone, in space, lowest), order, lowest, ref reply);
    }

    private bool TryProbe(uint zone, ulong order, int lowest, ref ConnectionTuple reply)
    {
        uint count = (uint)(65536 - lowest);
        uint at = (uint)order % count;

        // An odd step; where it shares a factor with the count it sees a part of the ports only, and the map sees the rest.
        uint step = ((uint)(order >> 32) % count) | 1;
        for (int i = 0; i < MaxProbes; i++)
        {
            reply = NatPorts.WithPort(in reply, (ushort)(lowest + at));
            if (!tracker.Contains(zone, in reply))
            {
                return true;
            }

            at = (at + step) % count;
        }

        return false;
    }

    private static bool TryFindIn(PortMap map, ulong order, int lowest, ref ConnectionTuple reply)
    {
        int start = lowest + (int)((uint)order % (uint)(65536 - lowest));
        int port = map.FindFree(start, lowest);
        reply = NatPorts.WithPort(in reply, (ushort)port);
        return port >= 0;
    }

    private PortMap BeginMap(uint zone, in ConnectionTuple space, int lowest)
    {
        PortMap map = tracker.Crowds.Begin(zone, in space);
        for (int port = lowest; port <= ushort.MaxValue; port++)
        {
            ConnectionTuple candidate = NatPorts.WithPort(in space, (ushort)port);
            if (tracker.Contains(zone, in candidate))
            {
                map.Set((ushort)port);
            }
        }

        return map;
    }
}
