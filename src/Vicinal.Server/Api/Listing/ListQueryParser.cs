using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Api.Attributes;

namespace Vicinal.Server.Api.Listing;

/// <summary>Reads a list's query string, in Neutron's words where it is wrong.</summary>
public static class ListQueryParser
{
    public static IReadOnlySet<string> AllFields { get; } = new HashSet<string>();

    public static ListQuery Parse<T>(IQueryCollection query, AttributeTable<T> table, Caller caller)
        where T : Resource
    {
        Dictionary<string, IReadOnlyList<string>> filters = new(StringComparer.Ordinal);
        List<string> unknown = [];
        foreach ((string name, StringValues values) in query)
        {
            if (name is "fields" or "limit" or "marker" or "page_reverse" or "sort_key" or "sort_dir")
            {
                continue;
            }

            if (table.FindFor(caller, name, Use.Filter) is not { } attribute)
            {
                unknown.Add(name);
                continue;
            }

            filters[name] = [.. values.Select(value => FilterText.Normalise(attribute, value ?? ""))];
        }

        if (unknown.Count > 0)
        {
            string names = string.Join(", ", unknown.Select(name => $"'{name}'"));
            throw NeutronFault.BadRequest($"[{names}] is invalid attribute for filtering");
        }

        RefuseTwoOwners(filters);
        return new ListQuery(
            filters,
            ParseFields(query),
            ParseSort(query, table, caller),
            ParseLimit(query),
            query["marker"] is [{ Length: > 0 } marker, ..] ? marker : null,
            query["page_reverse"] is [{ } reverse, ..] && reverse.Equals("true", StringComparison.OrdinalIgnoreCase));
    }

    public static IReadOnlySet<string> ParseFields(IQueryCollection query) =>
        query["fields"].OfType<string>().Where(field => field.Length > 0).ToHashSet(StringComparer.Ordinal);

    private static List<SortKey> ParseSort<T>(IQueryCollection query, AttributeTable<T> table, Caller caller)
        where T : Resource
    {
        string[] keys = [.. query["sort_key"].OfType<string>()];
        string[] directions = [.. query["sort_dir"].OfType<string>()];
        string[] wrong = [.. directions.Where(direction => direction is not ("asc" or "desc"))];
        if (wrong.Length > 0)
        {
            throw NeutronFault.BadRequest($"[{Quoted(wrong)}] is invalid value for sort_dirs, valid value is 'asc' and 'desc'");
        }

        if (directions.Length > 0 && directions.Length != keys.Length)
        {
            throw NeutronFault.BadRequest("The number of sort_keys and sort_dirs must be same");
        }

        string[] unsortable = [.. keys.Where(key => table.FindFor(caller, key, Use.Sort) is null)];
        if (unsortable.Length > 0)
        {
            throw NeutronFault.BadRequest($"[{Quoted(unsortable)}] is invalid attribute for sort_keys");
        }

        return [.. keys.Select((key, i) => new SortKey(key, i < directions.Length && directions[i] == "desc"))];
    }

    private static int ParseLimit(IQueryCollection query)
    {
        if (query["limit"] is not [{ Length: > 0 } text, ..])
        {
            return 0;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit)
            ? limit
            : throw new NeutronFault(400, "BadRequest", $"Bad limit request: Limit must be an integer 0 or greater and not '{text}'.");
    }

    private static void RefuseTwoOwners(Dictionary<string, IReadOnlyList<string>> filters)
    {
        if (filters.TryGetValue("tenant_id", out IReadOnlyList<string>? tenants)
            && filters.TryGetValue("project_id", out IReadOnlyList<string>? projects)
            && !tenants.ToHashSet(StringComparer.Ordinal).SetEquals(projects))
        {
            throw NeutronFault.BadRequest("'project_id' and 'tenant_id' do not match");
        }
    }

    private static string Quoted(string[] names) => string.Join(", ", names.Select(name => $"'{name}'"));
}
