using Vicinal.Forwarding;

namespace Vicinal.Protocol.Units;

/// <summary>What others refer to comes first: nodes and segments before endpoints and routers, filters before the ports they filter.</summary>
public static class UnitOrder
{
    public static int Of(UnitKind kind) => kind switch
    {
        UnitKind.Directory => 0,
        UnitKind.Network => 1,
        UnitKind.AddressSet => 2,
        UnitKind.Filter => 3,
        UnitKind.Router => 4,
        UnitKind.Port => 5,
        _ => 6,
    };

    public static IComparer<UnitId> Comparer { get; } = Comparer<UnitId>.Create(static (a, b) =>
    {
        int byKind = Of(a.Kind).CompareTo(Of(b.Kind));
        return byKind != 0 ? byKind : a.Id.CompareTo(b.Id);
    });
}
