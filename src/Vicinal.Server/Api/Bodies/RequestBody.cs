using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Api.Attributes;

namespace Vicinal.Server.Api.Bodies;

/// <summary>
/// A body against a resource's table. Everything wrong with it is found and told at once: the first finding decides status
/// and type as in Neutron, the messages are joined.
/// </summary>
public static class RequestBody
{
    /// <summary>{"network": {...}} or {"networks": [{...}, ...]}: the second is a bulk creation, made wholly or not at all.</summary>
    public static (IReadOnlyList<AttributeValues> Items, bool IsBulk) ParsePost<T>(
        ResourceCollection<T> collection, object? body, Caller caller)
        where T : Resource
    {
        if (body is Dictionary<string, object?> root && root.TryGetValue(collection.Plural, out object? bulk))
        {
            if (bulk is not List<object?> { Count: > 0 } items)
            {
                throw NeutronFault.BadRequest($"Unable to find '{collection.Plural}' in request body");
            }

            return ([.. items.Select(item => ParseOne(collection.Table, UnwrapBulkItem(collection, item), caller, Use.Post))], true);
        }

        return ([ParseOne(collection.Table, Unwrap(collection.Singular, body), caller, Use.Post)], false);
    }

    public static AttributeValues ParsePut<T>(ResourceCollection<T> collection, object? body, Caller caller)
        where T : Resource =>
        ParseOne(collection.Table, Unwrap(collection.Singular, body), caller, Use.Put);

    /// <summary>The object under the root key.</summary>
    public static Dictionary<string, object?> Unwrap(string singular, object? body) =>
        body is Dictionary<string, object?> root && root.GetValueOrDefault(singular) is Dictionary<string, object?> inner
            ? inner
            : throw NeutronFault.BadRequest($"Unable to find '{singular}' in request body");

    /// <summary>Neutron takes bulk items bare or each under its own root key.</summary>
    private static Dictionary<string, object?> UnwrapBulkItem<T>(ResourceCollection<T> collection, object? item)
        where T : Resource =>
        item is Dictionary<string, object?> bare && !bare.ContainsKey(collection.Singular) ? bare : Unwrap(collection.Singular, item);

    private static AttributeValues ParseOne<T>(AttributeTable<T> table, Dictionary<string, object?> given, Caller caller, Use use)
        where T : Resource
    {
        BodyProblems problems = new();
        RefuseUnknown(table, given, problems);
        if (use == Use.Post)
        {
            RequireAll(table, given, problems);
        }

        Dictionary<string, object?> values = new(StringComparer.Ordinal);
        foreach (ResourceAttribute<T> attribute in table.Attributes)
        {
            if (given.TryGetValue(attribute.Name, out object? raw))
            {
                Take(attribute, raw, use, values, problems);
            }
        }

        if (use == Use.Post)
        {
            SettleProject(values, given, caller, problems);
        }

        problems.ThrowIfAny();
        RefusePrivileged(table, values, caller, use);
        return new AttributeValues(values);
    }

    private static void RefuseUnknown<T>(AttributeTable<T> table, Dictionary<string, object?> given, BodyProblems problems)
        where T : Resource
    {
        List<string> unknown = [.. given.Keys.Where(name => table.Find(name) is null).Order(StringComparer.Ordinal)];
        if (unknown.Count > 0)
        {
            problems.Add($"Unrecognized attribute(s) '{string.Join(", ", unknown)}'");
        }
    }

    private static void RequireAll<T>(AttributeTable<T> table, Dictionary<string, object?> given, BodyProblems problems)
        where T : Resource
    {
        foreach (ResourceAttribute<T> attribute in table.Attributes.Where(a => a.Required && !given.ContainsKey(a.Name)))
        {
            problems.Add($"Failed to parse request. Required attribute '{attribute.Name}' not specified");
        }
    }

    private static void Take<T>(
        ResourceAttribute<T> attribute, object? raw, Use use, Dictionary<string, object?> values, BodyProblems problems)
        where T : Resource
    {
        if (!attribute.Allows(use))
        {
            problems.Add(use == Use.Post
                ? $"Attribute '{attribute.Name}' not allowed in POST"
                : $"Cannot update read-only attribute {attribute.Name}");
            return;
        }

        Normalised result = attribute.Type!.Normalise(raw);
        if (result.Fault is { } fault)
        {
            problems.Add(fault);
        }
        else if (result.Reason is { } reason)
        {
            problems.Add($"Invalid input for {attribute.Name}. Reason: {reason}.");
        }
        else
        {
            values[attribute.Name] = result.Value;
        }
    }

    /// <summary>Afterwards "project_id" is there for every resource that has an owner, and it alone is to be read.</summary>
    private static void SettleProject(
        Dictionary<string, object?> values, Dictionary<string, object?> given, Caller caller, BodyProblems problems)
    {
        string? tenant = values.GetValueOrDefault("tenant_id") as string;
        string? project = values.GetValueOrDefault("project_id") as string;
        if (tenant is not null && project is not null && tenant != project)
        {
            problems.Add("'project_id' and 'tenant_id' do not match");
        }

        string owner = project ?? tenant ?? caller.ProjectId;
        if (!caller.IsAdmin && owner != caller.ProjectId)
        {
            problems.Add(
                "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin privileges");
        }

        values.Remove("tenant_id");
        values["project_id"] = owner;
    }

    private static void RefusePrivileged<T>(AttributeTable<T> table, Dictionary<string, object?> values, Caller caller, Use use)
        where T : Resource
    {
        if (caller.IsAdmin)
        {
            return;
        }

        foreach (ResourceAttribute<T> attribute in table.Attributes.Where(a => a.AdminWrites))
        {
            bool isDefault = use == Use.Post && attribute.Default is { } standard
                && values.TryGetValue(attribute.Name, out object? value) && standard.Equals(value);
            if (values.ContainsKey(attribute.Name) && !isDefault)
            {
                string action = $"{(use == Use.Post ? "create" : "update")}_{table.Singular}";
                throw ApiFaults.NotAuthorized($"{action} and rule:{action}:{attribute.Name}");
            }
        }
    }
}
