using System.Text.Json;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Api.Attributes;

namespace Vicinal.Server.Api.Bodies;

/// <summary>Writes resources as one caller may see them, cut down to the fields asked for.</summary>
public sealed class ResourceWriter<T>
    where T : Resource
{
    private readonly (JsonEncodedText Name, Func<T, Topology, object?> Show)[] _columns;

    public ResourceWriter(AttributeTable<T> table, Caller caller, IReadOnlySet<string> fields) =>
        _columns = [.. table.Attributes
            .Where(a => a.Show is not null && (caller.IsAdmin || !a.AdminReads) && (fields.Count == 0 || fields.Contains(a.Name)))
            .Select(a => (JsonEncodedText.Encode(a.Name), a.Show!))];

    public void Write(Utf8JsonWriter json, T resource, Topology topology)
    {
        json.WriteStartObject();
        foreach ((JsonEncodedText name, Func<T, Topology, object?> show) in _columns)
        {
            json.WritePropertyName(name);
            JsonValues.Write(json, show(resource, topology));
        }

        json.WriteEndObject();
    }
}
