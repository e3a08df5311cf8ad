namespace Vicinal.Gateways.Messages;

/// <summary>Ids of routers, networks and nodes on the wire: the order of octets in which they are printed.</summary>
internal static class WireGuid
{
    public const int Size = 16;

    public static Guid Read(ReadOnlySpan<byte> source) => new(source[..Size], bigEndian: true);

    public static void Write(Span<byte> target, Guid id) => _ = id.TryWriteBytes(target, bigEndian: true, out _);
}
