namespace Vicinal.Bench.Measuring;

/// <summary>Numbers of one kind, in the order measured.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    public IReadOnlyList<double> Values => _values;

    public int Count => _values.Count;

    public double Median => At(50);

    public double Min => _values.Count == 0 ? double.NaN : _values.Min();

    public double Max => _values.Count == 0 ? double.NaN : _values.Max();

    public void Add(double value) => _values.Add(value);

    /// <summary>The nearest-rank percentile; NaN of nothing.</summary>
    public double At(double percentile)
    {
        if (_values.Count == 0)
        {
            return double.NaN;
        }

        double[] sorted = [.. _values.Order()];
        int rank = (int)Math.Ceiling(percentile / 100 * sorted.Length);
        return sorted[Math.Clamp(rank - 1, 0, sorted.Length - 1)];
    }
}
