using Vicinal.Devices.Netlink;

namespace Vicinal.Ebpf;

/// <summary>
/// Puts programs on the links of one network namespace, in one mode, and finds those that an earlier process left. Others' programs are left alone.
/// One thread at a time, as <see cref="Rtnetlink"/>; for tcx a thread inside the namespace.
/// </summary>
/// <param name="mode">What the kernel offers.</param>
/// <param name="route">Of the namespace whose links are meant; stays the caller's, and must outlive the attachments.</param>
/// <param name="pinDirectory">On a bpffs: where tcx links are pinned, one file each; null: they end with this process. Filters stay in either case.</param>
public sealed class ProgramAttacher(AttachmentMode mode, Rtnetlink route, string? pinDirectory)
{
    public AttachmentMode Mode { get; } = mode;

    /// <summary>Attaches, or swaps the program in place where one of ours is attached already.</summary>
    public Attachment Attach(BpfProgram program, int linkIndex, TrafficDirection direction)
    {
        if (Find(linkIndex, direction) is { } found)
        {
            found.Replace(program);
            return found;
        }

        return Mode == AttachmentMode.Tcx
            ? TcxAttachment.Attach(program, linkIndex, direction, PinOf(linkIndex, direction))
            : FilterAttachment.Attach(route, program, linkIndex, direction);
    }

    /// <summary>What an earlier process attached there, or null. Pins of links whose interface is gone are removed on the way.</summary>
    public Attachment? Find(int linkIndex, TrafficDirection direction)
    {
        if (Mode == AttachmentMode.Clsact)
        {
            return FilterAttachment.TryFind(route, linkIndex, direction);
        }

        return PinOf(linkIndex, direction) is { } pin ? TcxAttachment.TryOpen(pin, linkIndex, direction) : null;
    }

    private string? PinOf(int linkIndex, TrafficDirection direction) =>
        pinDirectory is null ? null : Path.Combine(pinDirectory, $"link-{linkIndex}-{(direction == TrafficDirection.Ingress ? "ingress" : "egress")}");
}
