using Vicinal.Devices;
using Vicinal.Devices.Netlink;

namespace Vicinal.Ebpf;

/// <summary>
/// A cls_bpf filter under a clsact qdisc, at a priority and handle that are always the same and a name that tells it is ours. That name also says
/// whether the qdisc is ours, so that a later process knows what it may take away.
/// </summary>
internal sealed class FilterAttachment : Attachment
{
    public const string FilterName = "vicinal";
    public const string OwningFilterName = "vicinal+clsact";

    /// <summary>Before filters that were added without a priority (49152 and down); other people's may still be put in front.</summary>
    public const ushort Priority = 100;
    public const uint FilterHandle = 0x56;

    private readonly Rtnetlink _route;
    private readonly string _name;

    private FilterAttachment(Rtnetlink route, int linkIndex, TrafficDirection direction, string name)
        : base(AttachmentMode.Clsact, linkIndex, direction)
    {
        _route = route;
        _name = name;
    }

    public override uint ProgramId => FindOwn(_route, LinkIndex, Direction)?.ProgramId ?? 0;

    public static FilterAttachment Attach(Rtnetlink route, BpfProgram program, int linkIndex, TrafficDirection direction)
    {
        bool made = route.EnsureClsact(linkIndex);
        TrafficDirection other = direction == TrafficDirection.Ingress ? TrafficDirection.Egress : TrafficDirection.Ingress;
        bool owned = made || FindOwn(route, linkIndex, other)?.Name == OwningFilterName;
        FilterAttachment attachment = new(route, linkIndex, direction, owned ? OwningFilterName : FilterName);
        try
        {
            attachment.Replace(program);
            return attachment;
        }
        catch when (made)
        {
            attachment.DeleteQdisc();
            throw;
        }
    }

    public static FilterAttachment? TryFind(Rtnetlink route, int linkIndex, TrafficDirection direction) =>
        FindOwn(route, linkIndex, direction) is { } filter ? new FilterAttachment(route, linkIndex, direction, filter.Name) : null;

    public override void Replace(BpfProgram program) =>
        _route.SetProgramFilter(
            new ProgramFilter(LinkIndex, Direction == TrafficDirection.Ingress, Priority, FilterHandle, _name), program.Handle);

    public override void Detach()
    {
        if (FindOwn(_route, LinkIndex, Direction) is not { } filter)
        {
            return;
        }

        try
        {
            _route.DeleteProgramFilter(filter);
        }
        catch (DeviceException e) when (e.IsMissing)
        {
        }

        if (filter.Name == OwningFilterName)
        {
            DeleteQdisc();
        }
    }

    public override void Dispose()
    {
    }

    private static ProgramFilter? FindOwn(Rtnetlink route, int linkIndex, TrafficDirection direction) =>
        route.ProgramFilters(linkIndex, direction == TrafficDirection.Ingress)
            .FirstOrDefault(f => f.Priority == Priority && f.Handle == FilterHandle && f.Name is FilterName or OwningFilterName);

    private void DeleteQdisc() => _ = _route.DeleteClsactIfUnused(LinkIndex);
}
