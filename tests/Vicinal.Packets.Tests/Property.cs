using FsCheck;
using FsCheck.Fluent;

namespace Vicinal.Packets.Tests;

/// <summary>
/// A property over random inputs drawn from a seed. FsCheck chooses the seeds and prints, on failure, the one that failed and how to
/// replay the run.
/// </summary>
internal static class Property
{
    public static void Holds(int tests, Action<Random> body) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(tests),
            Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => body(new Random(seed))));

    public static byte[] Bytes(this Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    public static IpAddress Address(this Random random, bool v4) => v4
        ? IpAddress.FromIpv4(0x0A00_0000 | (uint)random.Next(1, 1 << 24))
        : new IpAddress(0x2001_0DB8_0000_0000UL | (uint)random.Next(), (ulong)random.NextInt64());

    public static FrameEnds Ends(this Random random)
    {
        bool v4 = random.Next(2) == 0;
        return new FrameEnds(Frames.MacA, Frames.MacB, random.Address(v4), random.Address(v4));
    }
}
