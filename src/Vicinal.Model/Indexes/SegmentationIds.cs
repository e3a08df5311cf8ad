using System.Collections.Immutable;

namespace Vicinal.Model.Indexes;

/// <summary>
/// Which segmentation ids are whose. Each tunnel type is a space of its own, since the same key in two encapsulations is two networks; routers' transit keys are
/// Geneve's. Each physical network is one too, of VLAN ids.
/// </summary>
public sealed class SegmentationIds
{
    private readonly ImmutableDictionary<string, SegmentationSpace> _spaces;

    private SegmentationIds(ImmutableDictionary<string, SegmentationSpace> spaces) => _spaces = spaces;

    public static SegmentationIds Empty { get; } = new(ImmutableDictionary.Create<string, SegmentationSpace>(StringComparer.Ordinal));

    /// <summary>The id drawn last, of each space in which one was.</summary>
    public IEnumerable<KeyValuePair<string, uint>> Cursors =>
        _spaces.Where(space => space.Value.Last != 0).Select(space => KeyValuePair.Create(space.Key, space.Value.Last));

    public SegmentationSpace this[string space] => _spaces.GetValueOrDefault(space, SegmentationSpace.Empty);

    /// <summary>The space's name: the tunnel type's own, or one of the physical network.</summary>
    public static string SpaceOf(string networkType, string? physicalNetwork) =>
        physicalNetwork is null ? networkType : $"physical:{physicalNetwork}";

    public SegmentationIds Add(string space, uint id, Guid owner) => With(space, this[space].Add(id, owner));

    public SegmentationIds Remove(string space, uint id) => With(space, this[space].Remove(id));

    public SegmentationIds WithLast(string space, uint last) => With(space, this[space].WithLast(last));

    private SegmentationIds With(string space, SegmentationSpace ids) => new(_spaces.SetItem(space, ids));
}
