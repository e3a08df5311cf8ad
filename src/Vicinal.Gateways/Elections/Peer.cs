using Vicinal.Gateways.Bfd;
using Vicinal.Gateways.Leases;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>What BFD and greetings say of another node.</summary>
internal enum Liveness : byte
{
    /// <summary>Too early to tell.</summary>
    Unknown = 0,
    Live = 1,
    Down = 2,
}

/// <summary>Another node as this one sees it.</summary>
internal sealed class Peer(int host)
{
    private readonly List<HelloEntry> _networks = [];

    public int Host { get; } = host;

    /// <summary>Of its process; earlier ones' messages are late.</summary>
    public ulong Incarnation { get; private set; }

    public long LastHeard { get; set; } = NodeLease.Never;

    public BfdSession? Bfd { get; set; }

    public long BfdSince { get; set; }

    public bool WasUp { get; set; }

    public bool IsUp { get; set; }

    /// <summary>How often its session was up and went down.</summary>
    public int Downs { get; set; }

    /// <summary>Its liveness when routers were last looked at for it.</summary>
    public Liveness Seen { get; set; }

    /// <summary>It is a gateway node of a router that this node is one of, too.</summary>
    public bool IsMate { get; set; }

    /// <summary>It serves a router that this node uses.</summary>
    public bool IsUsed { get; set; }

    /// <summary>How steadily it is up.</summary>
    public Damping Steadiness { get; } = new();

    public long HelloAt { get; private set; } = NodeLease.Never;

    public bool IsReady { get; private set; }

    /// <summary>It says that its lease has run out.</summary>
    public bool HasLapsed { get; private set; }

    public long NextHello { get; set; }

    public int HelloStep { get; set; }

    /// <summary>Up to where its claims are known here.</summary>
    public uint ClaimsKnown { get; set; }

    /// <summary>Up to where it knows the claims of this node.</summary>
    public uint ClaimsHeard { get; set; }

    public long NextClaim { get; set; }

    public int ClaimStep { get; set; }

    public Liveness LivenessAt(long now)
    {
        if (Bfd is null)
        {
            return Liveness.Unknown;
        }

        if (Bfd.State == BfdState.Up)
        {
            return Liveness.Live;
        }

        // A peer that says that it did not hear this node is there: it was this node, or the way to it, that failed.
        bool speaks = now < HelloAt + ElectionTimes.HelloLasts;
        if (WasUp)
        {
            return speaks && Bfd.Diagnostic == BfdDiagnostic.NeighborSignaledDown && Bfd.RemoteState != BfdState.AdminDown ? Liveness.Live : Liveness.Down;
        }

        return speaks ? Liveness.Live : now < BfdSince + ElectionTimes.SessionGrace ? Liveness.Unknown : Liveness.Down;
    }

    /// <summary>False: a message of an earlier process, which is late. A process that is new to this node begins from nothing.</summary>
    public bool Accepts(ulong incarnation, long now)
    {
        if (incarnation < Incarnation && now < LastHeard + (2 * LeasePeriods.Long))
        {
            return false;
        }

        LastHeard = now;
        if (incarnation != Incarnation)
        {
            Incarnation = incarnation;
            ClaimsKnown = 0;
            ClaimsHeard = 0;
            ClaimStep = 0;
            NextClaim = now;
            HelloStep = 0;
            NextHello = now;
            HelloAt = NodeLease.Never;
            IsReady = false;
            HasLapsed = false;
            _networks.Clear();
        }

        return true;
    }

    public void Greet(bool ready, bool lapsed, long now)
    {
        HelloAt = now;
        IsReady = ready;
        HasLapsed = lapsed;
    }

    /// <summary>Returns whether that is news.</summary>
    public bool Put(HelloEntry network)
    {
        for (int i = 0; i < _networks.Count; i++)
        {
            if (_networks[i].NetworkId == network.NetworkId)
            {
                bool changed = _networks[i] != network;
                _networks[i] = network;
                return changed;
            }
        }

        _networks.Add(network);
        return true;
    }

    /// <summary>What it says of an external network; a network that it does not name has no link there.</summary>
    public HelloEntry Network(Guid networkId)
    {
        foreach (HelloEntry network in _networks)
        {
            if (network.NetworkId == networkId)
            {
                return network;
            }
        }

        return new HelloEntry(networkId, Link: false, UpstreamState.Unknown);
    }
}
