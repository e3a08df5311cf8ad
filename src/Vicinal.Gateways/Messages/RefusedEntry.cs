using System.Buffers.Binary;

namespace Vicinal.Gateways.Messages;

/// <summary>Why a witness does not let a node serve.</summary>
internal enum Refusal : byte
{
    /// <summary>The witness knows an epoch that is as new or newer.</summary>
    Older = 1,

    /// <summary>Another's lease still runs.</summary>
    Held = 2,

    /// <summary>The witness has just started and may have promised what it no longer knows.</summary>
    JustStarted = 3,

    /// <summary>The one before named another as its successor.</summary>
    Reserved = 4,
}

/// <summary>A router that a witness does not let the asker serve, and what the asker needs for its next try.</summary>
/// <param name="Asked">The epoch of the take that is answered.</param>
/// <param name="Known">The newest that the witness knows.</param>
/// <param name="Holder">The node that holds it, by its id; empty: nobody.</param>
/// <param name="RetryAfter">Microseconds until the answer may be another one.</param>
internal readonly record struct RefusedEntry(Guid RouterId, Epoch Asked, Epoch Known, Guid Holder, uint RetryAfter, Refusal Reason)
{
    public const int Size = RouterEpoch.Size + sizeof(ulong) + WireGuid.Size + sizeof(uint) + 1;

    public static RefusedEntry Read(ReadOnlySpan<byte> source)
    {
        RouterEpoch router = RouterEpoch.Read(source);
        return new RefusedEntry(
            router.RouterId,
            router.Epoch,
            new Epoch(BinaryPrimitives.ReadUInt64BigEndian(source[24..])),
            WireGuid.Read(source[32..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[48..]),
            (Refusal)source[52]);
    }

    public void Write(Span<byte> target)
    {
        new RouterEpoch(RouterId, Asked).Write(target);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], Known.Value);
        WireGuid.Write(target[32..], Holder);
        BinaryPrimitives.WriteUInt32BigEndian(target[48..], RetryAfter);
        target[52] = (byte)Reason;
    }
}
