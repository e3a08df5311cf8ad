using Vicinal.Model.Rules;

namespace Vicinal.Server.Api.Attributes;

/// <summary>A body that was found good: the given attributes with the model's values.</summary>
public sealed class AttributeValues(IReadOnlyDictionary<string, object?> values)
{
    public IEnumerable<string> Names => values.Keys;

    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>The type parameter is the one that the attribute's type produces, nullable where null passes it.</summary>
    public Given<TValue> Get<TValue>(string name) =>
        values.TryGetValue(name, out object? value) ? new Given<TValue>((TValue)value!) : default;

    public Given<IReadOnlyList<TItem>> GetList<TItem>(string name) => Get<IReadOnlyList<TItem>>(name);

    /// <summary>For attributes that the table requires or whose presence the caller has checked.</summary>
    public TValue Require<TValue>(string name) => (TValue)values[name]!;
}
