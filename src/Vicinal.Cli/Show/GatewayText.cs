using System.Globalization;
using System.Text.Json.Nodes;

namespace Vicinal.Cli.Show;

/// <summary>What an agent tells of gateways, as text for people: how this node stands, then a table each of routers, nodes and streams of connections.</summary>
internal static class GatewayText
{
    public static string Render(JsonNode gateways)
    {
        List<string> lines =
        [
            $"Node {gateways["host"]}: {Standing(gateways)}",
            $"Lease: {Lease(gateways["lease"]!)}",
            $"Stalls of the gateway thread: 99 of 100 below {Milliseconds(gateways["stalls"]!["p99_us"])}, longest {Milliseconds(gateways["stalls"]!["max_us"])}",
        ];
        AddTable(lines, "routers", ["ROUTER", "ROLE", "SERVED BY", "EPOCH", "SINCE", "ELIGIBLE"], gateways["routers"]!.AsArray().Select(router => (string[])
        [
            Text(router!["router"]), Text(router["role"]), Text(router["active"]), Text(router["epoch"]), Text(router["since"]), YesNo(router["eligible"]),
        ]));
        AddTable(lines, "nodes watched by BFD", ["NODE", "STATE", "EVERY", "DOWN AFTER", "LAST HEARD", "WENT DOWN", "WHY"], gateways["bfd"]!.AsArray().Select(peer => (string[])
        [
            Text(peer!["host"]), Text(peer["state"]), Milliseconds(peer["interval_us"]), Milliseconds(peer["detection_us"]), Ago(peer["last_packet_us"]),
            $"{peer["downs"]} times", Text(peer["diagnostic"]),
        ]));
        AddTable(lines, "streams of connections", ["NODE", "DIRECTION", "ROUTERS", "IN FULL", "RECORDS", "WAITING", "FULL SETS", "REFUSED"], gateways["replication"]!.AsArray().Select(stream => (string[])
        [
            Text(stream!["host"]), Text(stream["direction"]), Text(stream["routers"]), Text(stream["in_full"]), Text(stream["records"]), Text(stream["waiting"]),
            Text(stream["full_sets"]), Text(stream["refused"]),
        ]));
        return string.Join('\n', lines);
    }

    private static string Standing(JsonNode gateways) => string.Join(", ",
        (bool)gateways["ready"]! ? "ready to serve" : "not ready to serve",
        (bool)gateways["real_time"]! ? "gateway thread at real-time priority" : "gateway thread without real-time priority");

    private static string Lease(JsonNode lease)
    {
        JsonArray witnesses = lease["witnesses"]!.AsArray();
        if (witnesses.Count == 0)
        {
            return "no witnesses, so that the first gateway node of each router serves";
        }

        string[] kinds = [.. new[] { Kind("short", lease["short_us"]), Kind("long", lease["long_us"]) }.OfType<string>()];
        string held = kinds.Length == 0 ? "nothing is served under one" : string.Join(", ", kinds);
        return $"{held}; witnesses {string.Join(", ", witnesses.Select(witness => $"{witness!["host"]} (answered {Ago(witness["last_answer_us"])})"))}";
    }

    /// <summary>Null when nothing is served under it.</summary>
    private static string? Kind(string name, JsonNode? microseconds) =>
        microseconds is null ? null : (long)microseconds > 0 ? $"{name} one holds for {Milliseconds(microseconds)} more" : $"{name} one has run out";

    private static string Ago(JsonNode? microseconds) => microseconds is null ? "never" : $"{Milliseconds(microseconds)} ago";

    private static string Milliseconds(JsonNode? microseconds) =>
        microseconds is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{(long)microseconds / 1000.0:0.###} ms");

    private static string YesNo(JsonNode? value) => (bool)value! ? "yes" : "no";

    private static string Text(JsonNode? value) => value is null ? "-" : value.ToString();

    private static void AddTable(List<string> lines, string what, string[] heads, IEnumerable<string[]> rows)
    {
        List<string[]> all = [heads, .. rows];
        lines.Add("");
        if (all.Count == 1)
        {
            lines.Add($"No {what}.");
            return;
        }

        int[] widths = [.. heads.Select((_, column) => all.Max(row => row[column].Length))];
        lines.AddRange(all.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }
}
