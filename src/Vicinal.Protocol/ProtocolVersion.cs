namespace Vicinal.Protocol;

/// <summary>What both sides must agree on before anything else is said.</summary>
public static class ProtocolVersion
{
    /// <summary>Rises when an older peer would misunderstand; new fields and new kinds of rows do not raise it.</summary>
    public const uint Current = 1;

    /// <summary>Where an agent posts its stream.</summary>
    public const string Path = "/vicinal/v1/agent";

    public const string ContentType = "application/vnd.vicinal.stream";
}
