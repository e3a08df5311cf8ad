namespace Vicinal.Datapath.Connections;

/// <summary>Whether the connections of a zone are on other nodes too.</summary>
public enum ZoneRole : byte
{
    /// <summary>They are here alone.</summary>
    Alone = 0,

    /// <summary>Packets pass here, and others are told.</summary>
    Active = 1,

    /// <summary>Packets pass on another node, which tells this one.</summary>
    Standby = 2,
}
