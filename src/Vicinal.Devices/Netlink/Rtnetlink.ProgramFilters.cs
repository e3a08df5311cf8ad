using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Vicinal.Devices.Netlink;

/// <summary>A cls_bpf filter in direct-action mode: the program itself says what becomes of the packet.</summary>
/// <param name="Ingress">Under the clsact qdisc's ingress, or its egress.</param>
/// <param name="Priority">Filters run from the lowest on.</param>
/// <param name="Handle">Tells filters of one priority apart.</param>
/// <param name="Name">For people and for recognition; tc shows it.</param>
public sealed record ProgramFilter(int LinkIndex, bool Ingress, ushort Priority, uint Handle, string Name)
{
    /// <summary>The kernel's number for the program, where the kernel told of the filter.</summary>
    public uint ProgramId { get; init; }
}

public sealed partial class Rtnetlink
{
    private const ushort RTM_DELTFILTER = 45;
    private const ushort RTM_GETTFILTER = 46;
    private const ushort TCA_BPF_FD = 6;
    private const ushort TCA_BPF_NAME = 7;
    private const ushort TCA_BPF_FLAGS = 8;
    private const ushort TCA_BPF_ID = 11;
    private const uint TCA_BPF_FLAG_ACT_DIRECT = 1;

    /// <summary>TC_H_CLSACT with TC_H_MIN_EGRESS.</summary>
    private const uint ClsactEgress = 0xFFFF_FFF3;

    /// <summary>Adds a filter, or swaps its program in place when one of that priority and handle is there.</summary>
    public void SetProgramFilter(ProgramFilter filter, int program)
    {
        BeginFilter(RTM_NEWTFILTER, CreateOrReplace, filter);
        int options = _message.BeginNest(TCA_OPTIONS);
        _message.PutUInt32(TCA_BPF_FD, (uint)program);
        _message.PutString(TCA_BPF_NAME, filter.Name);
        _message.PutUInt32(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
        _message.EndNest(options);
        Commit($"set filter {filter.Name} on link {filter.LinkIndex}");
    }

    public void DeleteProgramFilter(ProgramFilter filter)
    {
        BeginFilter(RTM_DELTFILTER, Request, filter);
        Commit($"delete filter {filter.Name} of link {filter.LinkIndex}");
    }

    /// <summary>The cls_bpf filters on one side of a link's clsact, anybody's; empty where there is no such link or qdisc.</summary>
    public IReadOnlyList<ProgramFilter> ProgramFilters(int linkIndex, bool ingress)
    {
        List<ProgramFilter> filters = [];
        DumpFilters(linkIndex, ingress ? ClsactIngress : ClsactEgress, filters.Clear, body =>
        {
            if (FilterOf(body, linkIndex, ingress) is { } filter)
            {
                filters.Add(filter);
            }
        });
        return filters;
    }

    private void BeginFilter(ushort type, ushort flags, ProgramFilter filter)
    {
        uint information = ((uint)filter.Priority << 16) | BinaryPrimitives.ReverseEndianness(AllProtocols);
        uint parent = filter.Ingress ? ClsactIngress : ClsactEgress;
        WriteTraffic(Begin(type, flags, TrafficFixedSize), filter.LinkIndex, filter.Handle, parent, information);
        _message.PutString(TCA_KIND, "bpf");
    }

    private int CountFilters(int linkIndex, uint parent)
    {
        int count = 0;
        DumpFilters(linkIndex, parent, () => count = 0, _ => count++);
        return count;
    }

    private void DumpFilters(int linkIndex, uint parent, Action restart, TrafficHandler handle)
    {
        try
        {
            _socket.Dump(
                (request, sequence) =>
                {
                    WriteTraffic(request.Begin(RTM_GETTFILTER, DumpRequest, sequence, TrafficFixedSize), linkIndex, 0, parent, 0);
                    request.End();
                },
                (type, body) =>
                {
                    if (type == RTM_NEWTFILTER && body.Length >= TrafficFixedSize)
                    {
                        handle(body);
                    }
                },
                restart,
                $"list filters of link {linkIndex}");
        }
        catch (DeviceException e) when (e.IsMissing)
        {
        }
    }

    private static string? KindOf(ReadOnlySpan<byte> body)
    {
        AttributeReader attributes = new(body.Length >= TrafficFixedSize ? body[TrafficFixedSize..] : default);
        while (attributes.Next())
        {
            if (attributes.Type == TCA_KIND)
            {
                return attributes.String;
            }
        }

        return null;
    }

    /// <summary>A dump tells of each priority once without a filter, too; handle 0 marks that.</summary>
    private static ProgramFilter? FilterOf(ReadOnlySpan<byte> body, int linkIndex, bool ingress)
    {
        uint handle = MemoryMarshal.Read<uint>(body[8..]);
        if (handle == 0 || KindOf(body) != "bpf")
        {
            return null;
        }

        ProgramFilter filter = new(linkIndex, ingress, (ushort)(MemoryMarshal.Read<uint>(body[16..]) >> 16), handle, "");
        AttributeReader attributes = new(body[TrafficFixedSize..]);
        while (attributes.Next())
        {
            if (attributes.Type != TCA_OPTIONS)
            {
                continue;
            }

            AttributeReader options = new(attributes.Value);
            while (options.Next())
            {
                filter = options.Type switch
                {
                    TCA_BPF_NAME => filter with { Name = options.String },
                    TCA_BPF_ID => filter with { ProgramId = options.UInt32 },
                    _ => filter,
                };
            }
        }

        return filter;
    }

    private delegate void TrafficHandler(ReadOnlySpan<byte> body);
}
