using System.Collections.Immutable;
using Vicinal.Forwarding;

namespace Vicinal.Compiler;

/// <summary>
/// The compiled cloud and who needs which part of it, at one topology revision. Immutable: a node that joins is served from it
/// by any thread, and rows and subscriptions fit together.
/// </summary>
public sealed class ForwardingSnapshot
{
    private readonly ImmutableDictionary<UnitId, UnitTable> _units;
    private readonly ImmutableDictionary<string, ImmutableHashSet<UnitId>> _unitsByHost;
    private readonly ImmutableDictionary<UnitId, ImmutableHashSet<string>> _hostsByUnit;

    internal ForwardingSnapshot(
        long revision,
        ImmutableDictionary<UnitId, UnitTable> units,
        ImmutableDictionary<string, ImmutableHashSet<UnitId>> unitsByHost,
        ImmutableDictionary<UnitId, ImmutableHashSet<string>> hostsByUnit)
    {
        Revision = revision;
        _units = units;
        _unitsByHost = unitsByHost;
        _hostsByUnit = hostsByUnit;
    }

    internal ImmutableDictionary<UnitId, UnitTable> UnitTables => _units;

    public static ForwardingSnapshot Empty { get; } = new(
        0,
        ImmutableDictionary<UnitId, UnitTable>.Empty,
        ImmutableDictionary<string, ImmutableHashSet<UnitId>>.Empty,
        ImmutableDictionary<UnitId, ImmutableHashSet<string>>.Empty);

    /// <summary>The revision of the topology that it was compiled from.</summary>
    public long Revision { get; }

    /// <summary>The units that have rows, in no order.</summary>
    public IEnumerable<UnitTable> Units => _units.Values;

    /// <summary>All hosts that subscribe to something.</summary>
    public IEnumerable<string> Hosts => _unitsByHost.Keys;

    /// <summary>A unit's table, empty when it has no rows.</summary>
    public UnitTable Unit(UnitId id) => _units.GetValueOrDefault(id) ?? UnitTable.None(id);

    /// <summary>What the host needs to hold. The directory is among it once the host has an agent.</summary>
    public ImmutableHashSet<UnitId> UnitsOf(string host) => _unitsByHost.GetValueOrDefault(host, ImmutableHashSet<UnitId>.Empty);

    /// <summary>Whom a change of the unit is sent to, which may include hosts that have ports and no agent yet.</summary>
    public ImmutableHashSet<string> HostsOf(UnitId unit) => _hostsByUnit.GetValueOrDefault(unit, ImmutableHashSet<string>.Empty);
}
