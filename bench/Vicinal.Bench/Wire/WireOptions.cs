namespace Vicinal.Bench.Wire;

/// <summary>How long the bench takes: `datapath [ROUNDS] [--quick] [--only WORD]...`.</summary>
/// <param name="Only">Only variants whose name contains one of these; all when there is none.</param>
internal sealed record WireOptions(
    int Rounds, double PacketSeconds, double TcpSeconds, int Pings, int Connections, int FirstPackets, IReadOnlyList<string> Only)
{
    public static WireOptions Parse(string[] arguments)
    {
        WireOptions options = arguments.Contains("--quick") ? new(1, 0.2, 1, 300, 1280, 50, []) : new(5, 0.7, 1, 600, 3200, 200, []);
        List<string> only = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--only" && i + 1 < arguments.Length)
            {
                only.Add(arguments[++i]);
            }
            else if (arguments[i] != "--quick")
            {
                options = options with { Rounds = int.Parse(arguments[i]) };
            }
        }

        return options with { Only = only };
    }

    public bool Wants(string variant) => Only.Count == 0 || Only.Any(word => variant.Contains(word, StringComparison.OrdinalIgnoreCase));
}
