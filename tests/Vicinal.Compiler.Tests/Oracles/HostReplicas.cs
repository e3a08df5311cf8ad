using Vicinal.Forwarding;

namespace Vicinal.Compiler.Tests.Oracles;

/// <summary>What each host holds that has been sent every result so far, and nothing else.</summary>
internal sealed class HostReplicas
{
    private readonly Dictionary<string, Dictionary<UnitId, Dictionary<RowKey, Row>>> _hosts = [];

    public void Apply(CompileResult result)
    {
        foreach (RowChange change in result.Rows)
        {
            foreach (string host in result.Before.HostsOf(change.Unit))
            {
                Dictionary<RowKey, Row> rows = _hosts[host][change.Unit];
                if (change.Row is null)
                {
                    rows.Remove(change.Key).ShouldBeTrue("a row is removed that the host does not hold");
                }
                else
                {
                    rows[change.Key] = change.Row;
                }
            }
        }

        foreach (SubscriptionChange change in result.Subscriptions)
        {
            Dictionary<UnitId, Dictionary<RowKey, Row>> units = _hosts.TryGetValue(change.Host, out var held) ? held : _hosts[change.Host] = [];
            if (change.Added)
            {
                units.Add(change.Unit, Contents(result.After.Unit(change.Unit)));
            }
            else
            {
                units.Remove(change.Unit).ShouldBeTrue("a unit is taken from a host that does not hold it");
            }
        }
    }

    /// <summary>Each host must hold what it would be given if it had nothing and joined now.</summary>
    public void ShouldHoldWhatAFreshHostGets(ForwardingSnapshot snapshot)
    {
        foreach ((string host, Dictionary<UnitId, Dictionary<RowKey, Row>> units) in _hosts)
        {
            snapshot.UnitsOf(host).SetEquals(units.Keys).ShouldBeTrue($"{host} holds other units than it should");
            foreach ((UnitId unit, Dictionary<RowKey, Row> rows) in units)
            {
                Dictionary<RowKey, Row> fresh = Contents(snapshot.Unit(unit));
                rows.Count.ShouldBe(fresh.Count, $"{host} {unit}");
                rows.All(r => fresh.TryGetValue(r.Key, out Row? row) && row.Equals(r.Value)).ShouldBeTrue($"{host} {unit}");
            }
        }

        snapshot.Hosts.Except(_hosts.Keys).ShouldBeEmpty("hosts that were sent nothing");
    }

    private static Dictionary<RowKey, Row> Contents(UnitTable unit) => unit.Rows.ToDictionary(static r => r.Key);
}
