using Vicinal.Model.Resources;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Bodies;
using static Vicinal.Server.Api.Attributes.Normalised;

namespace Vicinal.Server.Api.Tags;

/// <summary>What a tag may be, and how lists are filtered by tags.</summary>
internal static class TagTypes
{
    /// <summary>So many tags on one object bound what a list answers.</summary>
    public const int Most = 50;

    private const int Longest = 255;

    /// <summary>string.</summary>
    public static AttributeType Tag { get; } = new("tag", raw =>
        raw is string { Length: > 0 and <= Longest } text && !text.Contains(',')
            ? Of(text)
            : Refuse($"'{PythonText.Str(raw)}' is not a valid tag: it has 1 to {Longest} characters and no comma"));

    /// <summary>List&lt;string&gt;, in the order given and without duplicates.</summary>
    public static AttributeType List { get; } = new("list of tags", raw =>
    {
        if (raw is not List<object?> items)
        {
            return Refuse($"'{PythonText.Str(raw)}' is not a list");
        }

        List<string> tags = [];
        foreach (object? item in items)
        {
            Normalised tag = Tag.Normalise(item);
            if (tag.IsRefused)
            {
                return tag;
            }

            if (!tags.Contains((string)tag.Value!))
            {
                tags.Add((string)tag.Value!);
            }
        }

        return Of(tags);
    });

    /// <summary>tags: has all of them. tags-any: has one. not-tags: lacks one. not-tags-any: has none. Comma lists, or repeated.</summary>
    public static IEnumerable<ResourceAttribute<T>> Attributes<T>()
        where T : Resource =>
    [
        new("tags", null, Use.Filter, (r, _) => r.Tags) { MatchAll = (r, _, wanted) => HasAll(r, wanted) },
        new("tags-any", null, Use.Filter) { MatchAll = (r, _, wanted) => HasAny(r, wanted) },
        new("not-tags", null, Use.Filter) { MatchAll = (r, _, wanted) => !HasAll(r, wanted) },
        new("not-tags-any", null, Use.Filter) { MatchAll = (r, _, wanted) => !HasAny(r, wanted) },
    ];

    private static bool HasAll(Resource resource, IReadOnlyList<string> wanted) => Words(wanted).All(resource.Tags.Contains);

    private static bool HasAny(Resource resource, IReadOnlyList<string> wanted) => Words(wanted).Any(resource.Tags.Contains);

    private static IEnumerable<string> Words(IReadOnlyList<string> wanted) => wanted.SelectMany(text => text.Split(','));
}
