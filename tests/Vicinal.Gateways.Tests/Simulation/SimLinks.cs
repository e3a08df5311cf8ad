namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>The network between nodes: each direction of each pair may lose, delay, reorder, duplicate or be cut.</summary>
internal sealed class SimLinks(int nodes, Random random)
{
    private readonly bool[,] _cut = new bool[nodes, nodes];

    /// <summary>Nanoseconds, before jitter.</summary>
    public long Delay { get; set; } = 200_000;

    /// <summary>Added at random, up to this.</summary>
    public long Jitter { get; set; } = 50_000;

    public double Loss { get; set; }

    public double Duplicates { get; set; }

    /// <summary>Share of datagrams that take up to 20 ms longer, and so arrive after later ones.</summary>
    public double Stragglers { get; set; }

    public void Cut(int from, int to, bool cut) => _cut[from, to] = cut;

    public void Heal()
    {
        Array.Clear(_cut);
        Loss = 0;
        Duplicates = 0;
        Stragglers = 0;
    }

    public bool Passes(int from, int to) => !_cut[from, to] && (Loss == 0 || random.NextDouble() >= Loss);

    public bool Repeats() => Duplicates > 0 && random.NextDouble() < Duplicates;

    public long NextDelay() =>
        Delay + random.NextInt64(Jitter + 1) + (Stragglers > 0 && random.NextDouble() < Stragglers ? random.NextInt64(20_000_000) : 0);

    /// <summary>No direction between the two is cut.</summary>
    public bool AreJoined(int one, int other) => !_cut[one, other] && !_cut[other, one];
}
