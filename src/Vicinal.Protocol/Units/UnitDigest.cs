using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;

namespace Vicinal.Protocol.Units;

/// <summary>
/// A fingerprint of a unit's rows whatever their order: the sum of their hashes, so that one row's change costs one row. A
/// server that was restarted numbers its units anew; by the digest it sees that an agent holds the same rows and sends none.
/// The hash is a cryptographic one, since what users name ends up in rows.
/// </summary>
public readonly record struct UnitDigest(UInt128 Value)
{
    public const int Size = 16;

    public static UnitDigest Of(ByteString row)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(row.Span, hash);
        return new UnitDigest(BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    public static UnitDigest Read(ByteString bytes) => bytes.Length == Size
        ? new UnitDigest(BinaryPrimitives.ReadUInt128BigEndian(bytes.Span))
        : throw new WireFault($"a digest of {bytes.Length} octets");

    public ByteString ToByteString()
    {
        byte[] bytes = new byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    public static UnitDigest operator +(UnitDigest left, UnitDigest right) => new(unchecked(left.Value + right.Value));

    public static UnitDigest operator -(UnitDigest left, UnitDigest right) => new(unchecked(left.Value - right.Value));
}
