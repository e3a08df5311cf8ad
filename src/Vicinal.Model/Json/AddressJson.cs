using System.Text.Json;
using System.Text.Json.Serialization;
using Vicinal.Packets;

namespace Vicinal.Model.Json;

/// <summary>Addresses travel as the text that people write. IPv6 is read in any form and written in the canonical one (RFC 5952).</summary>
public abstract class SpanParsableJson<T> : JsonConverter<T>
    where T : struct, ISpanParsable<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && T.TryParse(reader.GetString(), null, out T value)
            ? value
            : throw new JsonException($"not a value of type {typeof(T).Name}");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

public sealed class IpAddressJson : SpanParsableJson<IpAddress>;

public sealed class IpPrefixJson : SpanParsableJson<IpPrefix>;

public sealed class MacAddressJson : SpanParsableJson<MacAddress>;
