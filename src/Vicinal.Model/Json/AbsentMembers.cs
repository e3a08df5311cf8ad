using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vicinal.Model.Json;

/// <summary>
/// Source-generated deserialisation gives an init-only property that is absent from the JSON its type's default, not the
/// one its record declares: true becomes false, "" becomes null. Bodies written before a property existed are therefore
/// completed from a fresh record before they are read. A body that has them all, the usual case, is only scanned.
/// </summary>
internal sealed class AbsentMembers
{
    private readonly List<(byte[] Name, string Text, JsonNode Value)> _defaults = [];

    /// <param name="fresh">A record with nothing set but what it requires, as JSON.</param>
    /// <param name="required">Members that have no default; without them the body is refused.</param>
    public AbsentMembers(byte[] fresh, IReadOnlyCollection<string> required)
    {
        foreach ((string name, JsonNode? value) in JsonNode.Parse(fresh)!.AsObject())
        {
            if (value is not null && !required.Contains(name))
            {
                _defaults.Add((Encoding.UTF8.GetBytes(name), name, value));
            }
        }
    }

    /// <summary>The body with the defaults of what it lacks, or null when it lacks nothing.</summary>
    public byte[]? Complete(ReadOnlySpan<byte> body)
    {
        if (HasAll(body))
        {
            return null;
        }

        if (JsonNode.Parse(body) is not JsonObject node)
        {
            throw new JsonException("not an object");
        }

        foreach ((_, string name, JsonNode value) in _defaults)
        {
            if (!node.ContainsKey(name))
            {
                node.Add(name, value.DeepClone());
            }
        }

        using MemoryStream completed = new();
        using (Utf8JsonWriter writer = new(completed))
        {
            node.WriteTo(writer);
        }

        return completed.ToArray();
    }

    private bool HasAll(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader reader = new(body);
        int found = 0;
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName)
            {
                // Members are written in the order of the defaults, so the next one is nearly always the one to expect.
                if (found < _defaults.Count && reader.ValueTextEquals(_defaults[found].Name))
                {
                    found++;
                }

                reader.Skip();
            }
        }

        return found == _defaults.Count;
    }
}
