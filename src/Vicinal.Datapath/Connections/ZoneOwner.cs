namespace Vicinal.Datapath.Connections;

/// <summary>What a zone is of; the numbers stand in journals.</summary>
public enum ZoneOwnerKind : byte
{
    None = 0,
    LocalPort = 1,
    Router = 2,
}

/// <summary>Who a zone belongs to, by the name that the cloud knows it by: a zone's number is this process's alone.</summary>
public readonly record struct ZoneOwner(ZoneOwnerKind Kind, Guid Id);

/// <summary>Gives each zone its number and keeps whose it is. One thread.</summary>
public sealed class ZoneDirectory
{
    private readonly Dictionary<uint, ZoneOwner> _owners = [];
    private uint _last;

    /// <summary>A new zone. Numbers are not used twice; zero is none.</summary>
    public uint Add(ZoneOwner owner)
    {
        _owners[++_last] = owner;
        return _last;
    }

    public void Remove(uint zone) => _owners.Remove(zone);

    /// <summary>Nobody, for a zone that is not here.</summary>
    public ZoneOwner OwnerOf(uint zone) => _owners.GetValueOrDefault(zone);
}
