namespace Vicinal.Gateways.Messages;

/// <summary>A router that the active gateway wants to hand to the receiver.</summary>
/// <param name="Leisurely">The active one could go on serving, so the receiver may decline while it has not been well for long.</param>
internal readonly record struct PrepareEntry(Guid RouterId, Epoch Epoch, bool Leisurely)
{
    public const int Size = RouterEpoch.Size + 1;

    public static PrepareEntry Read(ReadOnlySpan<byte> source)
    {
        RouterEpoch router = RouterEpoch.Read(source);
        return new PrepareEntry(router.RouterId, router.Epoch, source[RouterEpoch.Size] != 0);
    }

    public void Write(Span<byte> target)
    {
        new RouterEpoch(RouterId, Epoch).Write(target);
        target[RouterEpoch.Size] = Leisurely ? (byte)1 : (byte)0;
    }
}
