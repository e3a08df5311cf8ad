using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Bodies;

namespace Vicinal.Server.Api.Listing;

/// <summary>A filter's value and a resource's value, brought to one text so that they can be compared.</summary>
internal static class FilterText
{
    /// <summary>
    /// Through the attribute's type, so that "1" is true and AA-BB.. is a MAC. What the type refuses by name (a bad boolean or
    /// number) is a 400 as in a body; what it merely does not know, such as an id of odd form, matches nothing.
    /// </summary>
    public static string Normalise<T>(ResourceAttribute<T> attribute, string value)
        where T : Resource
    {
        if (value.Length == 0 || attribute.Type is null)
        {
            return value;
        }

        Normalised result = attribute.Type.Normalise(value);
        return result.Fault is { } fault ? throw fault
            : result.Reason is not null ? value
            : JsonValues.Text(result.Value);
    }

    public static bool Matches<T>(ResourceAttribute<T> attribute, T resource, Topology topology, IReadOnlyList<string> wanted)
        where T : Resource
    {
        if (attribute.MatchAll is { } matchAll)
        {
            return matchAll(resource, topology, wanted);
        }

        if (attribute.Match is { } match)
        {
            return wanted.Any(text => match(resource, topology, text));
        }

        string actual = JsonValues.Text(attribute.Show!(resource, topology));
        return wanted.Contains(actual, StringComparer.Ordinal);
    }
}
