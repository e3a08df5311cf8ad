namespace Vicinal.Devices.Netlink;

public enum LinkChange
{
    Appeared,
    Changed,
    Vanished,
}

/// <summary>What became of a link. <see cref="Before"/> is null when it appeared; <see cref="Link"/> is its last known state when it vanished.</summary>
public sealed record LinkEvent(LinkChange Change, LinkInfo Link, LinkInfo? Before);
