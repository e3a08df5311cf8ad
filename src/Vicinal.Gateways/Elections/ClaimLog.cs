using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>
/// What this node serves, in the order in which it changed and numbered, so that a node that knows everything up to one number is told
/// just the rest. A router that changes again moves to the end, and one that ends leaves.
/// </summary>
internal sealed class ClaimLog
{
    private readonly List<Line> _lines = [];
    private readonly Dictionary<Guid, int> _places = [];
    private int _gaps;

    /// <summary>The number of the newest change; 0: there was none.</summary>
    public uint Newest { get; private set; }

    public int Count => _lines.Count;

    public void Put(Guid routerId, Epoch epoch)
    {
        Remove(routerId);
        Newest++;
        _places[routerId] = _lines.Count;
        _lines.Add(new Line(Newest, new RouterEpoch(routerId, epoch)));
    }

    public void Remove(Guid routerId)
    {
        if (_places.Remove(routerId, out int place))
        {
            _lines[place] = _lines[place] with { IsGone = true };
            _gaps++;
            if (_gaps > 64 && _gaps > _lines.Count / 2)
            {
                Compact();
            }
        }
    }

    /// <summary>Where what changed after the number begins.</summary>
    public int PlaceAfter(uint number)
    {
        int low = 0;
        int high = _lines.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_lines[middle].Number <= number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    public uint NumberAt(int place) => _lines[place].Number;

    /// <summary>False: the router changed again later, or ended.</summary>
    public bool TryGet(int place, out RouterEpoch claim)
    {
        claim = _lines[place].Claim;
        return !_lines[place].IsGone;
    }

    private void Compact()
    {
        _lines.RemoveAll(static line => line.IsGone);
        _gaps = 0;
        for (int place = 0; place < _lines.Count; place++)
        {
            _places[_lines[place].Claim.RouterId] = place;
        }
    }

    private readonly record struct Line(uint Number, RouterEpoch Claim, bool IsGone = false);
}
