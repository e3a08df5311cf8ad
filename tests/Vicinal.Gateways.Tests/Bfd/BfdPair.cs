using Vicinal.Gateways.Bfd;

namespace Vicinal.Gateways.Tests.Bfd;

/// <summary>Two ends of a session, and a path between them that can be cut in each direction.</summary>
internal sealed class BfdPair
{
    public const long Millisecond = 1_000_000;
    private const long Step = Millisecond / 10;

    private readonly Random _random = new(1);

    public BfdPair(BfdTiming one, BfdTiming other, bool otherPassive = false)
    {
        One = new BfdSession(11, one, false, 0);
        Other = new BfdSession(22, other, otherPassive, 0);
    }

    public long Now { get; private set; }

    public BfdSession One { get; }

    public BfdSession Other { get; }

    public bool CutToOne { get; set; }

    public bool CutToOther { get; set; }

    /// <summary>When each end sent.</summary>
    public List<long> SentByOne { get; } = [];

    public List<BfdPacket> PacketsOfOne { get; } = [];

    public List<BfdPacket> PacketsOfOther { get; } = [];

    public void Run(long duration, bool oneStands = false)
    {
        for (long end = Now + duration; Now < end; Now += Step)
        {
            if (!oneStands)
            {
                One.Tick(Now);
                while (One.TryTransmit(Now, (uint)_random.NextInt64(uint.MaxValue), out BfdPacket packet))
                {
                    SentByOne.Add(Now);
                    PacketsOfOne.Add(packet);
                    if (!CutToOther)
                    {
                        Other.Receive(in packet, Now);
                    }
                }
            }

            Other.Tick(Now);
            while (Other.TryTransmit(Now, (uint)_random.NextInt64(uint.MaxValue), out BfdPacket packet))
            {
                PacketsOfOther.Add(packet);
                if (!CutToOne && !oneStands)
                {
                    One.Receive(in packet, Now);
                }
            }
        }
    }
}
