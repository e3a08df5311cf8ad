using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;
using Vicinal.Packets;

namespace Vicinal.Datapath.Connections;

/// <summary>
/// A connection as a journal holds it: what a successor must know to go on with it. No references, explicit offsets, two cache lines.
/// The memory may hold anything after a crash, so each record is sealed, and one whose seal does not fit is none.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size, Pack = 8)]
public struct ConnectionRecord
{
    public const int Size = 128;

    /// <summary>Of the layout and its meaning; a record of another version is not sound.</summary>
    public const uint CurrentVersion = 1;

    /// <summary>No secret: it tells records from garbage, not from forgeries.</summary>
    private static readonly KeyedHash s_seal = new(0x7669_6369_6E61_6C31);

    [FieldOffset(0)]
    public Guid OwnerId;

    [FieldOffset(16)]
    public IpAddress OriginalSource;

    [FieldOffset(32)]
    public IpAddress OriginalDestination;

    [FieldOffset(48)]
    public IpAddress ReplySource;

    [FieldOffset(64)]
    public IpAddress ReplyDestination;

    /// <summary>On the node's clock, which goes on over its processes.</summary>
    [FieldOffset(80)]
    public long Created;

    [FieldOffset(88)]
    public ushort OriginalSourcePort;

    [FieldOffset(90)]
    public ushort OriginalDestinationPort;

    [FieldOffset(92)]
    public ushort ReplySourcePort;

    [FieldOffset(94)]
    public ushort ReplyDestinationPort;

    [FieldOffset(96)]
    public uint Generation;

    /// <summary>As <see cref="CommitInfo"/> has it.</summary>
    [FieldOffset(100)]
    public uint Port;

    [FieldOffset(104)]
    public uint Project;

    [FieldOffset(108)]
    public byte Protocol;

    [FieldOffset(109)]
    public ConnectionFlags Flags;

    [FieldOffset(110)]
    public TcpState TcpState;

    [FieldOffset(111)]
    public ZoneOwnerKind OwnerKind;

    [FieldOffset(112)]
    public uint Version;

    [FieldOffset(116)]
    public uint Reserved;

    /// <summary>Of all that stands before it; 0 in an empty place.</summary>
    [FieldOffset(120)]
    public ulong Seal;

    public static ConnectionRecord Of(in Connection connection, ZoneOwner owner)
    {
        ConnectionTuple original = connection.Original;
        ConnectionTuple reply = connection.Reply;
        ConnectionRecord record = new()
        {
            OwnerId = owner.Id,
            OwnerKind = owner.Kind,
            OriginalSource = original.Source,
            OriginalDestination = original.Destination,
            OriginalSourcePort = original.SourcePort,
            OriginalDestinationPort = original.DestinationPort,
            ReplySource = reply.Source,
            ReplyDestination = reply.Destination,
            ReplySourcePort = reply.SourcePort,
            ReplyDestinationPort = reply.DestinationPort,
            Protocol = original.Protocol,
            Generation = connection.Generation,
            Port = connection.Port,
            Project = connection.Project,
            Flags = connection.Flags,
            TcpState = connection.TcpState,
            Created = connection.Created,
            Version = CurrentVersion,
        };
        record.Seal = record.SealOf();
        return record;
    }

    public readonly ZoneOwner Owner => new(OwnerKind, OwnerId);

    public readonly ConnectionTuple Original => new(OriginalSource, OriginalDestination, OriginalSourcePort, OriginalDestinationPort, Protocol);

    public readonly ConnectionTuple Reply => new(ReplySource, ReplyDestination, ReplySourcePort, ReplyDestinationPort, Protocol);

    /// <summary>Nothing was written, or it was cleared.</summary>
    public readonly bool IsEmpty => Seal == 0;

    /// <summary>Written whole by a process that means the same by it.</summary>
    public readonly bool IsSound => Version == CurrentVersion && TcpState <= TcpState.Close && Seal == SealOf();

    /// <summary>Never 0.</summary>
    private readonly ulong SealOf()
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<ConnectionRecord, ulong>(new ReadOnlySpan<ConnectionRecord>(in this));
        ulong first = s_seal.Of(words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7]);
        return s_seal.Of(first, words[8], words[9], words[10], words[11], words[12], words[13], words[14]) | 1;
    }
}
