using System.Text.Json;
using Vicinal.Model;

namespace Vicinal.Server.Api.Bodies;

/// <summary>
/// A request's JSON as plain values: Dictionary&lt;string, object?&gt;, List&lt;object?&gt;, string, long, double, bool and null.
/// All that System.Text.Json only finds out on access (lone surrogates, for one) comes to light here, once, as a 400.
/// </summary>
public static class JsonTree
{
    // A body is at most a bulk of resources with lists of objects; deeper nesting is an attack on the stack.
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 32 };

    public static object? Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, s_options);
            return Read(document.RootElement);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            throw NeutronFault.BadRequest("Body contains invalid data");
        }
    }

    private static object? Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => ReadObject(element),
        JsonValueKind.Array => element.EnumerateArray().Select(Read).ToList(),
        JsonValueKind.String => ReadText(element.GetString()!),
        JsonValueKind.Number => element.TryGetInt64(out long number) ? (object)number : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static Dictionary<string, object?> ReadObject(JsonElement element)
    {
        Dictionary<string, object?> result = new(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            // As in Python's parser the last of several equal names counts.
            result[ReadText(property.Name)] = Read(property.Value);
        }

        return result;
    }

    /// <summary>U+0000 can be stored by no database and shown by no terminal.</summary>
    private static string ReadText(string text) =>
        text.Contains('\0') ? throw new FormatException("a text contains U+0000") : text;
}
