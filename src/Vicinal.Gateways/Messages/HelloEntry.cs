namespace Vicinal.Gateways.Messages;

/// <summary>An external network as the sender reaches it.</summary>
/// <param name="Link">Its NIC has a carrier.</param>
internal readonly record struct HelloEntry(Guid NetworkId, bool Link, UpstreamState Upstream)
{
    public const int Size = WireGuid.Size + 2;

    /// <summary>An upstream state that is not known here counts as unknown.</summary>
    public static HelloEntry Read(ReadOnlySpan<byte> source)
    {
        UpstreamState upstream = (UpstreamState)source[WireGuid.Size + 1];
        return new HelloEntry(
            WireGuid.Read(source), source[WireGuid.Size] != 0, upstream <= UpstreamState.Silent ? upstream : UpstreamState.Unknown);
    }

    public void Write(Span<byte> target)
    {
        WireGuid.Write(target, NetworkId);
        target[WireGuid.Size] = Link ? (byte)1 : (byte)0;
        target[WireGuid.Size + 1] = (byte)Upstream;
    }
}
