using Google.Protobuf;
using Vicinal.Forwarding;

namespace Vicinal.Protocol.Rows;

/// <summary>Forwarding rows, their keys and their units as the bytes that cross the wire.</summary>
public static class RowCodec
{
    /// <exception cref="WireFault">The row cannot be said.</exception>
    public static ByteString Encode(Row row)
    {
        try
        {
            return RowEncoder.Encode(row).ToByteString();
        }
        catch (Exception failure) when (failure is ArgumentException or OverflowException or NullReferenceException)
        {
            throw new WireFault($"the row {row.Key} cannot be encoded: {failure.Message}", failure);
        }
    }

    /// <exception cref="WireFault">The bytes are no row, or one of a kind or with a value that this program does not know.</exception>
    public static Row Decode(ByteString bytes)
    {
        try
        {
            return RowDecoder.Decode(Wire.Row.Parser.ParseFrom(bytes));
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new WireFault($"not a row: {failure.Message}", failure);
        }
    }

    public static Wire.Unit Encode(UnitId unit) => new() { Kind = (uint)unit.Kind, Id = WireValues.Of(unit.Id) };

    /// <summary>A kind that this program does not know stays a number: units are told apart by it and nothing else.</summary>
    public static UnitId Decode(Wire.Unit? unit) => unit is null
        ? throw new WireFault("a message without its unit")
        : new UnitId((UnitKind)WireValues.Octet(unit.Kind), WireValues.Id(unit.Id));

    public static Wire.RowKey Encode(RowKey key)
    {
        Wire.RowKey result = new() { Kind = (uint)key.Kind, Id = WireValues.Of(key.Id) };
        if (key.Prefix != default)
        {
            result.Prefix = WireValues.Of(key.Prefix);
        }

        if (key.Address != default)
        {
            result.Address = WireValues.Of(key.Address);
        }

        return result;
    }

    public static RowKey Decode(Wire.RowKey key) => new(
        (RowKind)WireValues.Octet(key.Kind),
        WireValues.Id(key.Id),
        key.Prefix.IsEmpty ? default : WireValues.Prefix(key.Prefix),
        key.Address.IsEmpty ? default : WireValues.Address(key.Address));
}
