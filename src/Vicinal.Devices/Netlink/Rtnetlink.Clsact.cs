using Vicinal.Devices.Native;

namespace Vicinal.Devices.Netlink;

/// <summary>The clsact qdisc, which does nothing but carry filters on both sides of a link.</summary>
public sealed partial class Rtnetlink
{
    private const ushort RTM_DELQDISC = 37;
    private const ushort RTM_GETQDISC = 38;

    /// <summary>Without it an older kernel answers a question about a qdisc only to those who listen to all changes.</summary>
    private const ushort NLM_F_ECHO = 0x8;

    /// <summary>Adds a clsact qdisc; false when the link has one. Throws when it has the older ingress qdisc, which takes clsact's place and has no egress.</summary>
    public bool EnsureClsact(int linkIndex)
    {
        switch (QdiscAtClsact(linkIndex))
        {
            case "clsact":
                return false;
            case { } kind:
                throw new DeviceException($"create clsact on link {linkIndex}", Errno.EEXIST, $"the link has a qdisc of kind {kind} in its place");
        }

        try
        {
            WriteTraffic(Begin(RTM_NEWQDISC, CreateNew, TrafficFixedSize), linkIndex, ClsactHandle, ClsactParent, 0);
            _message.PutString(TCA_KIND, "clsact");
            Commit($"create clsact on link {linkIndex}");
            return true;
        }
        catch (DeviceException e) when (e.AlreadyExists && QdiscAtClsact(linkIndex) == "clsact")
        {
            return false;
        }
    }

    /// <summary>Deletes the clsact qdisc when no filter of any kind is under it; false when there is one, or no clsact.</summary>
    public bool DeleteClsactIfUnused(int linkIndex)
    {
        if (QdiscAtClsact(linkIndex) != "clsact" || CountFilters(linkIndex, ClsactIngress) + CountFilters(linkIndex, ClsactEgress) != 0)
        {
            return false;
        }

        WriteTraffic(Begin(RTM_DELQDISC, Request, TrafficFixedSize), linkIndex, ClsactHandle, ClsactParent, 0);
        Commit($"delete clsact of link {linkIndex}");
        return true;
    }

    /// <summary>The kind of the qdisc in clsact's place, or null.</summary>
    private string? QdiscAtClsact(int linkIndex)
    {
        string? kind = null;
        WriteTraffic(Begin(RTM_GETQDISC, Request | NLM_F_ECHO, TrafficFixedSize), linkIndex, 0, ClsactParent, 0);
        try
        {
            Commit($"find clsact of link {linkIndex}", (_, body) => kind ??= KindOf(body));
        }
        catch (DeviceException e) when (e.ErrorCode == Errno.ENOENT)
        {
        }

        return kind;
    }
}
