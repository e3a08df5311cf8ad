using System.Buffers.Binary;
using Vicinal.Forwarding;

namespace Vicinal.Gateways.Messages;

/// <summary>A router that the sender wants to serve. The message's fixed part is the session under which the witness knows it.</summary>
/// <param name="Lease">How long the grant outlives the last renewal.</param>
internal readonly record struct TakeEntry(Guid RouterId, Epoch Epoch, GatewayLease Lease)
{
    public const int Size = RouterEpoch.Size + 1;

    /// <summary>False where the lease is none that is known.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out TakeEntry entry)
    {
        RouterEpoch router = RouterEpoch.Read(source);
        entry = new TakeEntry(router.RouterId, router.Epoch, (GatewayLease)source[RouterEpoch.Size]);
        return entry.Lease <= GatewayLease.Long;
    }

    public void Write(Span<byte> target)
    {
        new RouterEpoch(RouterId, Epoch).Write(target);
        target[RouterEpoch.Size] = (byte)Lease;
    }

    public static void WriteSession(Span<byte> fixedPart, ulong session) => BinaryPrimitives.WriteUInt64BigEndian(fixedPart, session);

    public static ulong ReadSession(ReadOnlySpan<byte> fixedPart) => BinaryPrimitives.ReadUInt64BigEndian(fixedPart);
}
