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

    /// <summary>By kind, then by text, so that a unit's head comes before its parts where the kinds are numbered so.</summary>
    private static IEnumerable<string> Lines(UnitTable unit) => unit.Rows
        .Select(static r => (r.Key.Kind, Text: RowText.Of(r)))
        .OrderBy(static r => r.Kind)
        .ThenBy(static r => r.Text, StringComparer.Ordinal)
        .Select(static r => r.Text);
}
