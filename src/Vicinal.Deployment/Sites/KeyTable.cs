using System.Collections;
using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Sites;

/// <summary>The keys of one section and what each does to a draft. What a key refuses is a finding, and the other keys are read all the same.</summary>
internal sealed class KeyTable<T> : IEnumerable<string>
{
    private readonly Dictionary<string, Action<T, YamlValue>> _keys = new(StringComparer.Ordinal);

    public void Add(string key, Action<T, YamlValue> apply) => _keys.Add(key, apply);

    public bool Has(string key) => _keys.ContainsKey(key);

    /// <param name="unknown">Told of keys that the table has not.</param>
    public void Apply(T draft, YamlValue section, FindingList found, Action<YamlEntry> unknown) =>
        found.Guard(() =>
        {
            foreach (YamlEntry entry in section.AsMapping())
            {
                if (_keys.TryGetValue(entry.Key, out Action<T, YamlValue>? apply))
                {
                    found.Guard(() => apply(draft, entry.Value));
                }
                else
                {
                    unknown(entry);
                }
            }
        });

    /// <summary>As above; every unknown key is a finding.</summary>
    public void Apply(T draft, YamlValue section, FindingList found) =>
        Apply(draft, section, found, entry => found.Add(FindingKinds.UnknownKey, entry.Place, $"there is no key '{YamlValue.Shown(entry.Key)}' here; there are {string.Join(", ", _keys.Keys)}"));

    public IEnumerator<string> GetEnumerator() => _keys.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
