using System.Runtime.CompilerServices;

namespace Vicinal.Datapath.Flows;

/// <summary>
/// The hash of every table that a guest can fill: folded 64 x 64 bit products under a secret seed. It costs what a CRC32
/// instruction costs, has no fallback path, and unlike a CRC it is not linear, so that collisions cannot be computed by
/// someone who does not know the seed.
/// </summary>
public readonly struct KeyedHash
{
    private readonly ulong _k0;
    private readonly ulong _k1;

    public KeyedHash(ulong seed)
    {
        // Odd constants of SplitMix64 spread a small seed, such as a test's, over all bits.
        _k0 = Spread(seed + 0x9E37_79B9_7F4A_7C15);
        _k1 = Spread(seed + 0x3C6E_F372_FE94_F82A);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of(ulong a, ulong b) => Fold(a ^ _k0, b ^ _k1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of(ulong a, ulong b, ulong c, ulong d) => Of(Fold(a ^ _k0, b ^ _k1), Fold(c ^ _k1, d ^ _k0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of(ulong a, ulong b, ulong c, ulong d, ulong e, ulong f, ulong g, ulong h) =>
        Of(Fold(a ^ _k0, b ^ _k1), Fold(c ^ _k1, d ^ _k0), Fold(e ^ _k0, f ^ ~_k1), Fold(g ^ ~_k1, h ^ _k0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    private static ulong Spread(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}
