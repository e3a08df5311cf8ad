namespace Vicinal.Ebpf;

/// <summary>Which packets of a link a program sees: those that it received, or those that it is about to send.</summary>
public enum TrafficDirection
{
    Ingress,
    Egress,
}

/// <summary>How programs are put on links.</summary>
public enum AttachmentMode
{
    /// <summary>tcx links (kernel 6.6): nothing to set up, pinnable, swapped in place; run before a clsact's filters.</summary>
    Tcx,

    /// <summary>A clsact qdisc and a cls_bpf filter in direct-action mode: any kernel that the rest runs on.</summary>
    Clsact,
}

/// <summary>
/// A program of ours on one direction of a link. Disposing lets go of what this process holds: an unpinned tcx link ends with it, a pinned one and a
/// filter stay and carry packets on.
/// </summary>
public abstract class Attachment : IDisposable
{
    private protected Attachment(AttachmentMode mode, int linkIndex, TrafficDirection direction)
    {
        Mode = mode;
        LinkIndex = linkIndex;
        Direction = direction;
    }

    public AttachmentMode Mode { get; }

    public int LinkIndex { get; }

    public TrafficDirection Direction { get; }

    /// <summary>The number of the program that runs now, asked of the kernel; 0 when the link or the attachment is gone.</summary>
    public abstract uint ProgramId { get; }

    /// <summary>Swaps the program in place: every packet is seen by the one or by the other.</summary>
    public abstract void Replace(BpfProgram program);

    /// <summary>Takes the program off the link, and the pin away. No error when link or attachment are gone already.</summary>
    public abstract void Detach();

    public abstract void Dispose();
}
