namespace Vicinal.Gateways.Messages;

/// <summary>A router that the sender has stopped serving.</summary>
/// <param name="Epoch">The newest under which it asked for it.</param>
/// <param name="Successor">The node that is to follow, by its id; empty: whoever may.</param>
internal readonly record struct ReleaseEntry(Guid RouterId, Epoch Epoch, Guid Successor)
{
    public const int Size = RouterEpoch.Size + WireGuid.Size;

    public static ReleaseEntry Read(ReadOnlySpan<byte> source)
    {
        RouterEpoch router = RouterEpoch.Read(source);
        return new ReleaseEntry(router.RouterId, router.Epoch, WireGuid.Read(source[RouterEpoch.Size..]));
    }

    public void Write(Span<byte> target)
    {
        new RouterEpoch(RouterId, Epoch).Write(target);
        WireGuid.Write(target[RouterEpoch.Size..], Successor);
    }
}
