namespace Vicinal.Lab.Captures;

/// <summary>Captures at many places at once, collected together.</summary>
public sealed class CaptureSet : IDisposable
{
    private readonly List<Capture> _captures;

    private CaptureSet(List<Capture> captures) => _captures = captures;

    public static CaptureSet Open(IEnumerable<(string Place, string Namespace)> places)
    {
        List<Capture> captures = [];
        try
        {
            foreach ((string place, string networkNamespace) in places)
            {
                captures.Add(Capture.Open(place, networkNamespace));
            }
        }
        catch
        {
            captures.ForEach(capture => capture.Dispose());
            throw;
        }

        return new CaptureSet(captures);
    }

    public IReadOnlyList<CapturedFrame> Collect() => [.. _captures.SelectMany(capture => capture.Collect())];

    public void Dispose() => _captures.ForEach(capture => capture.Dispose());
}
