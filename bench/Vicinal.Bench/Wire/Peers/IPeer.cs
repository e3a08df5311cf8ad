namespace Vicinal.Bench.Wire.Peers;

/// <summary>Something that joins guests, set up and ready to be measured. Disposing it takes everything away that it made.</summary>
internal interface IPeer : IDisposable
{
    IReadOnlyList<Path> Paths { get; }
}
