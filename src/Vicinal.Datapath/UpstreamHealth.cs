namespace Vicinal.Datapath;

/// <summary>Whether the routers beyond an external network answer this node.</summary>
public enum UpstreamHealth : byte
{
    /// <summary>They were asked too few times yet.</summary>
    Unknown = 0,

    /// <summary>One of them does.</summary>
    Answers = 1,

    /// <summary>None of them has, several times in a row.</summary>
    Silent = 2,
}
