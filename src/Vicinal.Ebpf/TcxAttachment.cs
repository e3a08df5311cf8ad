using Vicinal.Devices;
using Vicinal.Devices.Native;
using Vicinal.Ebpf.Native;

namespace Vicinal.Ebpf;

/// <summary>A tcx link, by its descriptor and perhaps a pin. It runs after the programs that others attached before.</summary>
internal sealed unsafe class TcxAttachment : Attachment
{
    private const uint BPF_TCX_INGRESS = 46;
    private const uint BPF_TCX_EGRESS = 47;
    private const uint BPF_LINK_TYPE_TCX = 11;

    /// <summary>BPF_MPROG_MAX: no more are on one side of an interface.</summary>
    private const int MostLinks = 64;

    private readonly Descriptor _link;
    private readonly string? _pin;

    private TcxAttachment(Descriptor link, string? pin, int linkIndex, TrafficDirection direction)
        : base(AttachmentMode.Tcx, linkIndex, direction)
    {
        _link = link;
        _pin = pin;
    }

    public override uint ProgramId => Info is { InterfaceIndex: not 0 } info ? info.ProgramId : 0;

    private LinkInfo Info => BpfCalls.InfoOf<LinkInfo>(_link.Value, "ask about a tcx link");

    /// <summary>Attaches in the calling thread's network namespace, where the index counts.</summary>
    public static TcxAttachment Attach(BpfProgram program, int linkIndex, TrafficDirection direction, string? pin)
    {
        LinkCreateAttributes attributes = new() { Program = program.Handle, InterfaceIndex = linkIndex, AttachType = TypeOf(direction) };
        int fd = BpfCalls.Invoke(BpfCommand.LinkCreate, ref attributes, $"attach {program.Name} to {direction} of link {linkIndex} by tcx");
        TcxAttachment attachment = new(new Descriptor(fd), pin, linkIndex, direction);
        try
        {
            if (pin is not null)
            {
                BpfCalls.Pin(fd, pin);
            }

            return attachment;
        }
        catch
        {
            attachment.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The pinned link, or null: where there is no pin, or what is pinned is no tcx link on this interface and direction, as when the interface is gone or
    /// another network namespace is meant, whose indices are the same numbers. Such a pin is stale and is removed.
    /// </summary>
    public static TcxAttachment? TryOpen(string pin, int linkIndex, TrafficDirection direction)
    {
        if (BpfCalls.TryOpenPinned(pin) is not { } descriptor)
        {
            return null;
        }

        TcxAttachment attachment = new(descriptor, pin, linkIndex, direction);
        LinkInfo info = attachment.Info;
        if (info.Type == BPF_LINK_TYPE_TCX && IsOn(info.Id, linkIndex, direction))
        {
            return attachment;
        }

        attachment.Dispose();
        _ = BpfFileSystem.Unlink(pin);
        return null;
    }

    public override void Replace(BpfProgram program)
    {
        LinkUpdateAttributes attributes = new() { Link = _link.Value, NewProgram = program.Handle };
        _ = BpfCalls.Invoke(BpfCommand.LinkUpdate, ref attributes, $"replace the program on {Direction} of link {LinkIndex} by {program.Name}");
    }

    public override void Detach()
    {
        if (!_link.IsClosed)
        {
            LinkUpdateAttributes attributes = new() { Link = _link.Value };
            if (BpfCalls.TryInvoke(BpfCommand.LinkDetach, ref attributes) < 0 && Errno.Last is not (Errno.ENOENT or Errno.ENODEV or Errno.ENXIO))
            {
                throw DeviceException.FromLastError($"detach from {Direction} of link {LinkIndex}");
            }
        }

        if (_pin is not null)
        {
            _ = BpfFileSystem.Unlink(_pin);
        }

        Dispose();
    }

    public override void Dispose() => _link.Dispose();

    /// <summary>Whether a link is on that interface of the calling thread's namespace, which the link itself does not tell.</summary>
    private static bool IsOn(uint link, int linkIndex, TrafficDirection direction)
    {
        uint* links = stackalloc uint[MostLinks];
        uint* programs = stackalloc uint[MostLinks];
        QueryAttributes attributes = new()
        {
            InterfaceIndex = linkIndex,
            AttachType = TypeOf(direction),
            ProgramIds = programs,
            LinkIds = links,
            Count = MostLinks,
        };
        if (BpfCalls.TryInvoke(BpfCommand.ProgramQuery, ref attributes) < 0)
        {
            return Errno.Last is Errno.ENOENT or Errno.ENODEV or Errno.ENXIO
                ? false
                : throw DeviceException.FromLastError($"ask what is attached to {direction} of link {linkIndex}");
        }

        return new ReadOnlySpan<uint>(links, (int)Math.Min(attributes.Count, MostLinks)).Contains(link);
    }

    private static uint TypeOf(TrafficDirection direction) => direction == TrafficDirection.Ingress ? BPF_TCX_INGRESS : BPF_TCX_EGRESS;
}
