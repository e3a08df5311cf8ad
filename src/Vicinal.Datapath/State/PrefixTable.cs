using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>
/// Longest-prefix match: one hash table for each prefix length in use, longest first. Real tables use a handful of lengths, and
/// the cost of a lookup is bounded by 33 or 129 probes whatever tenants put in.
/// </summary>
internal sealed class PrefixTable<T>
{
    private readonly List<Level> _ipv4 = [];
    private readonly List<Level> _ipv6 = [];

    public int Count { get; private set; }

    public bool TryGet(IpPrefix prefix, [MaybeNullWhen(false)] out T value)
    {
        foreach (Level level in LevelsOf(prefix.Address))
        {
            if (level.Length == prefix.Length)
            {
                return level.Entries.TryGetValue(prefix.Address, out value);
            }
        }

        value = default;
        return false;
    }

    public void Set(IpPrefix prefix, T value)
    {
        List<Level> levels = LevelsOf(prefix.Address);
        int i = 0;
        while (i < levels.Count && levels[i].Length > prefix.Length)
        {
            i++;
        }

        if (i == levels.Count || levels[i].Length != prefix.Length)
        {
            levels.Insert(i, new Level(prefix));
        }

        ref T? entry = ref CollectionsMarshal.GetValueRefOrAddDefault(levels[i].Entries, prefix.Address, out bool existed);
        entry = value;
        Count += existed ? 0 : 1;
    }

    public bool Remove(IpPrefix prefix)
    {
        List<Level> levels = LevelsOf(prefix.Address);
        int i = levels.FindIndex(l => l.Length == prefix.Length);
        if (i < 0 || !levels[i].Entries.Remove(prefix.Address))
        {
            return false;
        }

        Count--;
        if (levels[i].Entries.Count == 0)
        {
            levels.RemoveAt(i);
        }

        return true;
    }

    public void Clear()
    {
        _ipv4.Clear();
        _ipv6.Clear();
        Count = 0;
    }

    /// <summary>The longest prefix that contains the address.</summary>
    public bool TryFind(IpAddress address, [MaybeNullWhen(false)] out T value)
    {
        Matches matches = FindAll(address);
        bool found = matches.MoveNext();
        value = found ? matches.Current : default;
        return found;
    }

    /// <summary>All prefixes that contain the address, longest first.</summary>
    public Matches FindAll(IpAddress address) => new(CollectionsMarshal.AsSpan(LevelsOf(address)), address);

    private List<Level> LevelsOf(IpAddress address) => address.IsIpv4 ? _ipv4 : _ipv6;

    internal readonly struct Level(IpPrefix first)
    {
        public int Length { get; } = first.Length;

        /// <summary>Ones where the prefix counts; for IPv4 above the low 32 bits too, which all its addresses share.</summary>
        public UInt128 Mask { get; } = first.Length == 0 && first.Address.IsIpv6
            ? 0
            : UInt128.MaxValue << (first.Address.Bits - first.Length);

        public Dictionary<IpAddress, T> Entries { get; } = [];
    }

    internal ref struct Matches(ReadOnlySpan<Level> levels, IpAddress address)
    {
        private readonly ReadOnlySpan<Level> _levels = levels;
        private readonly IpAddress _address = address;
        private int _next;

        public T Current { get; private set; } = default!;

        public readonly Matches GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_next < _levels.Length)
            {
                ref readonly Level level = ref _levels[_next++];
                if (level.Entries.TryGetValue(IpAddress.FromValue(_address.Value & level.Mask), out T? value))
                {
                    Current = value;
                    return true;
                }
            }

            return false;
        }
    }
}
