using System.Diagnostics.CodeAnalysis;

namespace Vicinal.Datapath.State;

/// <summary>
/// A unique index that tolerates several claims to one key: rows come in any order, so the new holder of a key may be put before
/// the old one is removed, and addresses of allowed address pairs may really be shared. The claim of lowest rank holds the key,
/// so that the outcome depends on the rows that are there and not on their history.
/// </summary>
internal sealed class ClaimIndex<TKey, T>
    where TKey : notnull
    where T : class
{
    private readonly Dictionary<TKey, T> _holders = [];

    /// <summary>All claims, for the few keys that have several.</summary>
    private readonly Dictionary<TKey, List<(ulong Rank, T Value)>> _contested = [];

    private readonly Dictionary<TKey, ulong> _ranks = [];

    public Dictionary<TKey, T>.ValueCollection Holders => _holders.Values;

    public int Count => _holders.Count;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out T value) => _holders.TryGetValue(key, out value);

    /// <summary>Adds a claim and returns who held the key before, when that is another.</summary>
    public T? Add(TKey key, T value, ulong rank)
    {
        if (!_holders.TryGetValue(key, out T? holder))
        {
            _holders[key] = value;
            _ranks[key] = rank;
            return null;
        }

        if (!_contested.TryGetValue(key, out List<(ulong Rank, T Value)>? claims))
        {
            claims = [(_ranks[key], holder)];
            _contested[key] = claims;
        }

        claims.Add((rank, value));
        Settle(key, claims);
        return ReferenceEquals(_holders[key], holder) ? null : holder;
    }

    /// <summary>Withdraws a claim and returns who holds the key now, when that changed.</summary>
    public T? Remove(TKey key, T value)
    {
        if (_contested.TryGetValue(key, out List<(ulong Rank, T Value)>? claims))
        {
            T before = _holders[key];
            int i = claims.FindIndex(c => ReferenceEquals(c.Value, value));
            if (i >= 0)
            {
                claims.RemoveAt(i);
                Settle(key, claims);
            }

            if (claims.Count == 1)
            {
                _contested.Remove(key);
            }

            return ReferenceEquals(before, _holders[key]) ? null : _holders[key];
        }

        if (_holders.TryGetValue(key, out T? holder) && ReferenceEquals(holder, value))
        {
            _holders.Remove(key);
            _ranks.Remove(key);
        }

        return null;
    }

    private void Settle(TKey key, List<(ulong Rank, T Value)> claims)
    {
        (ulong rank, T holder) = claims[0];
        foreach ((ulong r, T v) in claims)
        {
            if (r < rank)
            {
                (rank, holder) = (r, v);
            }
        }

        _holders[key] = holder;
        _ranks[key] = rank;
    }
}
