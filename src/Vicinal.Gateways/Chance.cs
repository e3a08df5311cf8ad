namespace Vicinal.Gateways;

/// <summary>A sequence of numbers that looks random and follows from its seed (SplitMix64): no secret, and the same in each run of a test.</summary>
internal sealed class Chance(int seed)
{
    private ulong _state = (ulong)(uint)seed * 0x9E37_79B9_7F4A_7C15;

    public uint Next()
    {
        ulong z = _state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return (uint)((z ^ (z >> 31)) >> 32);
    }
}
