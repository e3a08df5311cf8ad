using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Makes MACs that are unique within their network.</summary>
internal static class MacGeneration
{
    private const ulong LowBits = 0xFF_FFFF;
    private const int Attempts = 64;

    /// <summary>The base's first three octets and a drawn rest; when the draws keep meeting taken ones, the next free one.</summary>
    public static MacAddress Next(TopologyEdit edit, Guid network, MacAddress baseMac)
    {
        Span<byte> drawn = stackalloc byte[16];
        ulong start = 0;
        for (int i = 0; i < Attempts; i++)
        {
            _ = edit.NewId().TryWriteBytes(drawn);
            start = ((ulong)drawn[0] << 16) | ((ulong)drawn[1] << 8) | drawn[2];
            if (IsFree(edit.Current, network, baseMac, start))
            {
                return With(baseMac, start);
            }
        }

        for (ulong step = 1; step <= LowBits; step++)
        {
            if (IsFree(edit.Current, network, baseMac, start + step))
            {
                return With(baseMac, start + step);
            }
        }

        throw PortFaults.NoMacLeft(network);
    }

    private static bool IsFree(Topology topology, Guid network, MacAddress baseMac, ulong low) =>
        !topology.PortsByMac.ContainsKey((network, With(baseMac, low)));

    private static MacAddress With(MacAddress baseMac, ulong low) => new((baseMac.Value & ~LowBits) | (low & LowBits));
}
