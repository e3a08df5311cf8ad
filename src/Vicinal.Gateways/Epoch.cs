namespace Vicinal.Gateways;

/// <summary>
/// Under which claim a node serves a router: <c>schedule &lt;&lt; 32 | turn</c>. The server raises the schedule when it chooses other gateway nodes, a takeover
/// raises the turn. The newer epoch wins, everywhere.
/// </summary>
public readonly record struct Epoch(ulong Value) : IComparable<Epoch>
{
    public Epoch(uint schedule, uint turn)
        : this(((ulong)schedule << 32) | turn)
    {
    }

    /// <summary>Older than any that somebody serves under.</summary>
    public static Epoch None => default;

    public uint Schedule => (uint)(Value >> 32);

    public uint Turn => (uint)Value;

    /// <summary>What a node asks for that knows this one as the newest and has the schedule from the server.</summary>
    public Epoch Next(uint schedule) => schedule > Schedule ? new(schedule, 1) : new(Value + 1);

    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    public static bool operator <(Epoch left, Epoch right) => left.Value < right.Value;

    public static bool operator >(Epoch left, Epoch right) => left.Value > right.Value;

    public static bool operator <=(Epoch left, Epoch right) => left.Value <= right.Value;

    public static bool operator >=(Epoch left, Epoch right) => left.Value >= right.Value;

    public override string ToString() => $"{Schedule}.{Turn}";
}
