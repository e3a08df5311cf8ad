namespace Vicinal.Deployment.Yaml;

/// <summary>A file is no YAML that is read here, or a value is not of the kind that its key wants. The message says what was expected.</summary>
public sealed class YamlFaultException(Place place, string message) : Exception(message)
{
    public Place Place { get; } = place;
}
