using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;

namespace Vicinal.Datapath.Connections;

/// <summary>
/// Generations for decisions that rest on a connection not being in a zone: they move with the first connection that opens there after such a
/// decision was taken, so that zones without such decisions cost nothing. One thread.
/// </summary>
internal sealed class ZoneWatch(Generations generations)
{
    private readonly Dictionary<uint, Watch> _zones = [];
    private int _watched;

    /// <summary>The stamp of a decision that found no connection in the zone.</summary>
    public GenerationStamp Stamp(uint zone)
    {
        ref Watch watch = ref CollectionsMarshal.GetValueRefOrAddDefault(_zones, zone, out bool exists);
        if (!exists)
        {
            watch.Slot = generations.Allocate();
        }

        _watched += watch.IsWatched ? 0 : 1;
        watch.IsWatched = true;
        return generations.Stamp(watch.Slot);
    }

    /// <summary>A connection was opened in the zone.</summary>
    public void Opened(uint zone)
    {
        if (_watched == 0)
        {
            return;
        }

        ref Watch watch = ref CollectionsMarshal.GetValueRefOrNullRef(_zones, zone);
        if (!Unsafe.IsNullRef(ref watch) && watch.IsWatched)
        {
            watch.IsWatched = false;
            _watched--;
            generations.Bump(watch.Slot);
        }
    }

    /// <summary>The zone's port or router is gone, or begins anew.</summary>
    public void Forget(uint zone)
    {
        if (_zones.Remove(zone, out Watch watch))
        {
            _watched -= watch.IsWatched ? 1 : 0;
            generations.Free(watch.Slot);
        }
    }

    private struct Watch
    {
        public uint Slot;
        public bool IsWatched;
    }
}
