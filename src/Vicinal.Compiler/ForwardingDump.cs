using System.Text;
using Vicinal.Forwarding;

namespace Vicinal.Compiler;

/// <summary>
/// The compiled state as sorted text: equal states give equal dumps. Revisions are left out, since they tell how a state came
/// about and not what it is.
/// </summary>
public static class ForwardingDump
{
    public static string Write(ForwardingSnapshot snapshot)
    {
        StringBuilder text = new();
        foreach (UnitTable unit in snapshot.Units.OrderBy(static u => u.Id.Kind).ThenBy(static u => u.Id.Id))
        {
            text.Append(unit.Id).Append('\n');
            foreach (string line in Lines(unit))
            {
                text.Append("  ").Append(line).Append('\n');
            }
        }

        foreach (string host in snapshot.Hosts.Order(StringComparer.Ordinal))
        {
            text.Append("subscriptions of ").Append(host).Append('\n');
            foreach (UnitId unit in snapshot.UnitsOf(host).OrderBy(static u => u.Kind).ThenBy(static u => u.Id))
            {
                text.Append("  ").Append(unit).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>A unit's head before its parts, then by kind, then by text.</summary>
    private static IEnumerable<string> Lines(UnitTable unit) => unit.Rows
        .Select(static r => (r.Key.Kind, Text: RowText.Of(r)))
        .OrderByDescending(static r => r.Kind is RowKind.Segment or RowKind.Router or RowKind.FilterGroup)
        .ThenBy(static r => r.Kind)
        .ThenBy(static r => r.Text, StringComparer.Ordinal)
        .Select(static r => r.Text);
}
