namespace Vicinal.Datapath.Connections;

/// <summary>A connection in the tracker. The generation tells a slot's present tenant from earlier ones, so a handle may be kept.</summary>
public readonly record struct ConnectionHandle(uint Index, uint Generation)
{
    public static ConnectionHandle None => default;

    public bool IsNone => Generation == 0;
}

public enum ConnectionState : byte
{
    /// <summary>What connections do not speak of: non-IP, neighbour discovery, multicast listener messages. Filters judge it by itself.</summary>
    Untracked = 0,

    /// <summary>May open a connection.</summary>
    New = 1,

    /// <summary>Belongs to a connection, in either direction.</summary>
    Established = 2,

    /// <summary>An ICMP error about a packet of a connection.</summary>
    Related = 3,

    /// <summary>Neither belongs to a connection nor may open one.</summary>
    Invalid = 4,
}

/// <summary>What the tracker knows about a packet; looking changes nothing.</summary>
/// <param name="IsReply">
/// The packet travels against the connection's original direction. For <see cref="ConnectionState.Related"/> that is the error's own way:
/// an error about an original packet travels as a reply.
/// </param>
/// <param name="Connection">The connection it belongs to, or for New the worn-out one whose place it would take.</param>
/// <param name="MidStream">A TCP packet that is not a SYN and begins an entry: the connection is older than the tracker's memory.</param>
public readonly record struct ConnectionVerdict(ConnectionState State, bool IsReply, ConnectionHandle Connection, bool MidStream)
{
    /// <summary>It belongs to a connection, or speaks of one.</summary>
    public bool IsKnown => State is ConnectionState.Established or ConnectionState.Related;

    internal static ConnectionVerdict Of(ConnectionState state) => new(state, false, ConnectionHandle.None, false);
}
