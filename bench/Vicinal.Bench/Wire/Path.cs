namespace Vicinal.Bench.Wire;

/// <summary>A way from one namespace to an address in another.</summary>
/// <param name="What">As the table names it.</param>
internal sealed record Path(string What, string From, string To, string Address);
