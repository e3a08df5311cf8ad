using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>A router beyond an external network, by the address that gateways here send to; it is asked whether it is still there.</summary>
internal sealed class Upstream(Segment segment, IpAddress address)
{
    public Segment Segment { get; } = segment;

    public IpAddress Address { get; } = address;

    /// <summary>How many gateways name it.</summary>
    public int Uses { get; set; }

    public UpstreamHealth Health { get; set; }

    /// <summary>Zero until it was heard.</summary>
    public MacAddress Mac { get; set; }

    /// <summary>Questions since it was last heard.</summary>
    public int Unanswered { get; set; }

    /// <summary>When (in ms) it is asked next.</summary>
    public long Due { get; set; } = long.MinValue;
}
