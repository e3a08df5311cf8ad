using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>A router and the epoch that is meant: the entry of most messages.</summary>
internal readonly record struct RouterEpoch(Guid RouterId, Epoch Epoch)
{
    public const int Size = WireGuid.Size + sizeof(ulong);

    public static RouterEpoch Read(ReadOnlySpan<byte> source) =>
        new(WireGuid.Read(source), new Epoch(BinaryPrimitives.ReadUInt64BigEndian(source[WireGuid.Size..])));

    public void Write(Span<byte> target)
    {
        WireGuid.Write(target, RouterId);
        BinaryPrimitives.WriteUInt64BigEndian(target[WireGuid.Size..], Epoch.Value);
    }
}
