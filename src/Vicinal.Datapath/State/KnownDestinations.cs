using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>
/// Destinations that frames of a shared NIC had and that were found to concern the node, so that the next frame to one of them is known by
/// one comparison. A place is as good for many destinations and holds the last of them. To be cleared with every change of rows.
/// </summary>
internal sealed class KnownDestinations
{
    private const int Bits = 8;

    /// <summary>MAC, VLAN and NIC in one word; 0 is an empty place, since numbers of NICs count from 1 here.</summary>
    private readonly ulong[] _words = new ulong[1 << Bits];

    public bool Contains(int nic, ushort vlan, MacAddress mac)
    {
        ulong word = WordOf(nic, vlan, mac);
        return word != 0 && _words[PlaceOf(word)] == word;
    }

    public void Add(int nic, ushort vlan, MacAddress mac)
    {
        ulong word = WordOf(nic, vlan, mac);
        _words[PlaceOf(word)] = word;
    }

    public void Clear() => Array.Clear(_words);

    /// <summary>0, which is never known, for a NIC beyond what four bits count.</summary>
    private static ulong WordOf(int nic, ushort vlan, MacAddress mac) =>
        (uint)nic < 15 ? mac.Value | ((ulong)vlan << 48) | ((ulong)(nic + 1) << 60) : 0;

    private static int PlaceOf(ulong word) => (int)((word * 0x9E37_79B9_7F4A_7C15) >> (64 - Bits));
}
