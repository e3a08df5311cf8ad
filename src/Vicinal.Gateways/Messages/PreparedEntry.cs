namespace Vicinal.Gateways.Messages;

/// <summary>What a node answers that is asked to be the successor.</summary>
internal enum Readiness : byte
{
    /// <summary>It cannot serve the router.</summary>
    Declines = 0,
    Ready = 1,

    /// <summary>It could, and waits for connections.</summary>
    Waits = 2,
}

internal readonly record struct PreparedEntry(Guid RouterId, Epoch Epoch, Readiness Readiness)
{
    public const int Size = RouterEpoch.Size + 1;

    public static PreparedEntry Read(ReadOnlySpan<byte> source)
    {
        RouterEpoch router = RouterEpoch.Read(source);
        return new PreparedEntry(router.RouterId, router.Epoch, (Readiness)source[RouterEpoch.Size]);
    }

    public void Write(Span<byte> target)
    {
        new RouterEpoch(RouterId, Epoch).Write(target);
        target[RouterEpoch.Size] = (byte)Readiness;
    }
}
