namespace Vicinal.Datapath.Neighbors;

/// <summary>What a step of the neighbour table wants done. Kept and used again by its owner.</summary>
public sealed class NeighborEffects
{
    public List<Solicitation> Solicitations { get; } = new(64);

    /// <summary>Their neighbour is known now.</summary>
    public List<HeldPacket> Freed { get; } = new(64);

    /// <summary>Their neighbour did not answer.</summary>
    public List<HeldPacket> Failed { get; } = new(64);

    public bool IsEmpty => Solicitations.Count == 0 && Freed.Count == 0 && Failed.Count == 0;

    public void Clear()
    {
        Solicitations.Clear();
        Freed.Clear();
        Failed.Clear();
    }
}
