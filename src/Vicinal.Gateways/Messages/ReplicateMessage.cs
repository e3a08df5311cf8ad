using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>
/// The fixed part of <see cref="MessageKind.Replicate"/>. The entries are items of one router that follow each other in the stream: with the flag
/// <see cref="MessageFlags.Begins"/> the first item is the beginning of a full set, with <see cref="MessageFlags.Ends"/> the last one its end, and
/// neither has an entry.
/// </summary>
/// <param name="Stream">Rises when the sender's process begins a new stream.</param>
/// <param name="First">The place of the first item in the stream.</param>
/// <param name="Epoch">With <see cref="MessageFlags.Begins"/>: under which the sender serves the router.</param>
internal readonly record struct ReplicateMessage(uint Stream, ulong First, Guid RouterId, Epoch Epoch)
{
    public const int Size = sizeof(uint) + sizeof(ulong) + WireGuid.Size + sizeof(ulong);

    public static ReplicateMessage Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32BigEndian(source),
        BinaryPrimitives.ReadUInt64BigEndian(source[4..]),
        WireGuid.Read(source[12..]),
        new Epoch(BinaryPrimitives.ReadUInt64BigEndian(source[(12 + WireGuid.Size)..])));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, Stream);
        BinaryPrimitives.WriteUInt64BigEndian(target[4..], First);
        WireGuid.Write(target[12..], RouterId);
        BinaryPrimitives.WriteUInt64BigEndian(target[(12 + WireGuid.Size)..], Epoch.Value);
    }
}
