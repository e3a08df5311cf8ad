using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>Going on with the flows that a process that ended left with the mirror.</content>
public sealed partial class Node
{
    /// <summary>
    /// Decides a flow by its key alone, as its next packet would be, without a packet: nothing is sent and nothing counted. Call it after
    /// <see cref="RestoreConnections"/>, with devices attached; a connection that is not known is not begun by it.
    /// </summary>
    /// <param name="tunnelRemote">The peer's tunnel address, for a key whose input is a tunnel: its number was the predecessor's.</param>
    /// <param name="nextHop">The MAC that the predecessor sent it to on a provider network, or none: it goes there until the neighbour is heard.</param>
    /// <param name="adopted">The key that the flow has now; it differs from <paramref name="key"/> by the peer's number.</param>
    public Adoption AdoptFlow(in FlowKey key, IpAddress tunnelRemote, MacAddress nextHop, long now, out FlowKey adopted)
    {
        adopted = key;
        if (!TrySourceOf(ref adopted, tunnelRemote, out PacketSource source))
        {
            return Adoption.Refused;
        }

        int slot = _flows.Find(in adopted);
        if (slot != FlowCache.NotFound && _flows.IsFresh(slot, now))
        {
            // A packet of it came up already.
            return Adoption.Adopted;
        }

        if (!TryWalk(_walk, in adopted, in source, now))
        {
            return Adoption.Refused;
        }

        if (_walk.Disposition == Disposition.Held && _neighbors.Recall(_walk.Need.Segment, _walk.Need.Address, nextHop, _walk.Need.Asker, now))
        {
            _ = TryWalk(_walk, in adopted, in source, now);
        }

        return Adopt(_walk, in adopted);
    }

    /// <summary>Lets the smallest packet of a flow walk. False for a key that no packet has.</summary>
    private bool TryWalk(Walk walk, in FlowKey key, in PacketSource source, long now)
    {
        if (!FlowProbe.TryBuild(in key, _probe, out PacketHeaders h))
        {
            return false;
        }

        SilentSink sink = default;
        walk.Begin(in source, _probe, in h, now);
        ReceiveStage.Run(walk, ref sink);
        return true;
    }

    private Adoption Adopt(Walk walk, in FlowKey key)
    {
        if (walk.Disposition == Disposition.Held)
        {
            _neighbors.Want(walk.Need.Segment, walk.Need.Address, walk.Need.Asker, walk.Now);
            return Adoption.Later;
        }

        if (!Passes(walk))
        {
            return walk.AwaitsGateway ? Adoption.Later : Adoption.Refused;
        }

        if (!walk.Need.IsNone)
        {
            _neighbors.Use(walk.Need.Segment, walk.Need.Address, walk.Need.Asker, walk.Now);
        }

        return CacheAlone(walk, in key, mayEvict: true) ? Adoption.Adopted : Adoption.Refused;
    }

    /// <summary>To one place, and by connections that are there.</summary>
    private bool Passes(Walk walk) =>
        walk.Disposition is not (Disposition.Dropped or Disposition.Held) && walk.Emissions.Length == 1 && !walk.Fragment && TryAffirm(walk);

    /// <summary>What the walk decided becomes a flow, and no packet goes out.</summary>
    private bool CacheAlone(Walk walk, in FlowKey key, bool mayEvict)
    {
        FlowAction action = walk.Compose(walk.Emissions[0]);
        return TryCache(walk, in key, (uint)key.HashWith(in _hash), ref action, mayEvict) != FlowCache.NotFound;
    }

    /// <summary>False when the packet would open a connection: only a real one does.</summary>
    private bool TryAffirm(Walk walk)
    {
        ReadOnlySpan<ConnectionEffect> effects = walk.ConnectionEffects;
        for (int i = 0; i < effects.Length; i++)
        {
            if (effects[i].IsNew || i >= _committed.Length)
            {
                return false;
            }

            _committed[i] = effects[i].Handle;
            if (effects[i].IsReaffirmed)
            {
                _connections.SetPolicyGeneration(effects[i].Handle, effects[i].Info.PolicyGeneration);
            }
        }

        return true;
    }

    /// <summary>Where such a packet comes in, by the present numbers. False for what nothing comes in by, and for what no mirror replays.</summary>
    private bool TrySourceOf(ref FlowKey key, IpAddress tunnelRemote, out PacketSource source)
    {
        source = default;
        switch (key.InputKind)
        {
            case FlowInputKind.LocalPort:
                source = PacketSource.LocalPort((int)key.InputIndex);
                return true;
            case FlowInputKind.Physical:
                source = PacketSource.Physical((int)key.InputIndex);
                return key.InputIndex < (uint)_settings.PhysicalNetworks.Count;
            case FlowInputKind.Tunnel when _state.Nodes.TryByTunnelAddress(tunnelRemote, out RemoteNode? peer):
                Encapsulation encapsulation = FlowInput.EncapsulationOf(key.InputPeer);
                key.InputPeer = FlowInput.PeerOf(peer.Slot, encapsulation);
                source = PacketSource.Tunnel(tunnelRemote, 0, encapsulation) with { Vni = key.InputIndex };
                return true;
            default:
                return false;
        }
    }
}
