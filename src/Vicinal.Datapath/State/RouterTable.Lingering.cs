namespace Vicinal.Datapath.State;

/// <content>
/// Floating IPs whose place has just changed between their port's node and the gateway, as when a router becomes distributed. The port is where it
/// was, so the former owner can go on with what switches and nodes still send its way, and nothing is lost until all have heard.
/// </content>
internal sealed partial class RouterTable
{
    /// <summary>In ms: longer than it takes until rows and the first announcements are everywhere.</summary>
    private const long LingerTime = 2000;

    private readonly List<StaticNat> _lingering = [];

    /// <summary>Of the change that is being applied, in ms.</summary>
    public long Now { get; set; }

    /// <summary>Ends what lingers no longer. True when something did.</summary>
    public bool EndLingering(long now)
    {
        bool ended = false;
        for (int i = _lingering.Count - 1; i >= 0; i--)
        {
            if (now >= _lingering[i].LingersUntil)
            {
                EndLingering(_lingering[i]);
                ended = true;
            }
        }

        return ended;
    }

    /// <summary>The same address for the same port, and another place between the two kinds that there are.</summary>
    private bool Lingers(StaticNat? old, StaticNat next)
    {
        bool left = old is not null && !next.IsHere && (old.IsHere || old.LeftAt == Now);
        return left
            && old!.Row.AtGateway != next.Row.AtGateway
            && (next.Row.AtGateway || next.Row.OwnerHost is not null)
            && next.Row with { AtGateway = old.Row.AtGateway, OwnerHost = old.Row.OwnerHost } == old.Row;
    }

    private void BeginLingering(StaticNat nat)
    {
        nat.LingersUntil = Now + LingerTime;
        nat.Segment.Lingering[nat.Mac] = nat;
        nat.Segment.OwnerSlots.Bump(nat.Mac.Value);
        _lingering.Add(nat);
        changes.Owned = true;
    }

    private void EndLingering(StaticNat nat)
    {
        if (!_lingering.Remove(nat))
        {
            return;
        }

        nat.LingersUntil = 0;
        nat.Segment.Lingering.Remove(nat.Mac);
        nat.Segment.OwnerSlots.Bump(nat.Mac.Value);
        generations.Bump(nat.Slot);
        changes.Owned = true;
    }
}
