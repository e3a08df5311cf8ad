using System.Collections;
using System.Globalization;
using System.Text.Json;
using Vicinal.Packets;

namespace Vicinal.Server.Api.Bodies;

/// <summary>JSON that is kept as text and was checked when it came in.</summary>
public sealed record RawJson(string Text);

/// <summary>How the model's values stand in answers, in filters and in sort keys.</summary>
public static class JsonValues
{
    public static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case Guid id:
                json.WriteStringValue(id);
                break;
            case IReadOnlyDictionary<string, object?> map:
                WriteObject(json, map);
                break;
            case RawJson raw:
                json.WriteRawValue(raw.Text, skipInputValidation: true);
                break;
            case IpAddress or IpPrefix or MacAddress or DateTimeOffset:
                json.WriteStringValue(Text(value));
                break;
            case IEnumerable list:
                WriteList(json, list);
                break;
            default:
                json.WriteStringValue(Text(value));
                break;
        }
    }

    /// <summary>The value as a query writes it; null and "" are the empty filter's match.</summary>
    public static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        true => "True",
        false => "False",
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static void WriteObject(Utf8JsonWriter json, IReadOnlyDictionary<string, object?> map)
    {
        json.WriteStartObject();
        foreach ((string name, object? value) in map)
        {
            json.WritePropertyName(name);
            Write(json, value);
        }

        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, IEnumerable list)
    {
        json.WriteStartArray();
        foreach (object? item in list)
        {
            Write(json, item);
        }

        json.WriteEndArray();
    }
}
