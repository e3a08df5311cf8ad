using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Vicinal.Devices.Native;

namespace Vicinal.Devices.Netlink;

public sealed partial class Rtnetlink
{
    private const ushort RTM_NEWQDISC = 36;
    private const ushort RTM_NEWTFILTER = 44;
    private const int TrafficFixedSize = 20;
    private const ushort TCA_KIND = 1;
    private const ushort TCA_OPTIONS = 2;
    private const ushort TCA_BPF_ACT = 1;
    private const ushort TCA_BPF_OPS_LEN = 4;
    private const ushort TCA_BPF_OPS = 5;
    private const ushort TCA_ACT_KIND = 1;
    private const ushort TCA_ACT_OPTIONS = 2;
    private const ushort TCA_MIRRED_PARMS = 2;
    private const int TC_ACT_STOLEN = 4;
    private const int TCA_INGRESS_REDIR = 3;

    /// <summary>TC_H_CLSACT, and it with TC_H_MIN_INGRESS.</summary>
    private const uint ClsactParent = 0xFFFF_FFF1;
    private const uint ClsactIngress = 0xFFFF_FFF2;
    private const uint ClsactHandle = 0xFFFF_0000;

    private const ushort AllProtocols = 0x0003;

    /// <summary>
    /// Whatever <paramref name="from"/> receives is handed to <paramref name="to"/> as if that had received it, with its VLAN tag, mark and offload
    /// (clsact, a classifier that always matches, mirred). For a link that is ours alone: a clsact there before is kept.
    /// </summary>
    internal void RedirectIngress(string from, string to)
    {
        int fromIndex = GetLink(from).Index;
        int toIndex = GetLink(to).Index;
        WriteTraffic(Begin(RTM_NEWQDISC, Request | NetlinkSocket.NLM_F_CREATE, TrafficFixedSize), fromIndex, ClsactHandle, ClsactParent, 0);
        _message.PutString(TCA_KIND, "clsact");
        Commit($"create clsact on {from}");

        uint information = (1u << 16) | BinaryPrimitives.ReverseEndianness(AllProtocols);
        WriteTraffic(Begin(RTM_NEWTFILTER, CreateNew, TrafficFixedSize), fromIndex, 0, ClsactIngress, information);
        _message.PutString(TCA_KIND, "bpf");
        int options = _message.BeginNest(TCA_OPTIONS);
        ClassicInstruction always = ClassicBpf.Return(uint.MaxValue);
        _message.PutUInt16(TCA_BPF_OPS_LEN, 1);
        _message.Put(TCA_BPF_OPS, MemoryMarshal.AsBytes(new ReadOnlySpan<ClassicInstruction>(in always)));
        PutRedirect(toIndex);
        _message.EndNest(options);
        Commit($"redirect what {from} receives to {to}");
    }

    private void PutRedirect(int toIndex)
    {
        int actions = _message.BeginNest(TCA_BPF_ACT);
        int first = _message.BeginNest(1);
        _message.PutString(TCA_ACT_KIND, "mirred");
        int parameters = _message.BeginNest(TCA_ACT_OPTIONS);

        // struct tc_mirred: index, capabilities, action, reference and bind counts, what to do, and to which interface.
        Span<int> mirred = [0, 0, TC_ACT_STOLEN, 0, 0, TCA_INGRESS_REDIR, toIndex];
        _message.Put(TCA_MIRRED_PARMS, MemoryMarshal.AsBytes(mirred));
        _message.EndNest(parameters);
        _message.EndNest(first);
        _message.EndNest(actions);
    }

    /// <summary>Writes struct tcmsg.</summary>
    private static void WriteTraffic(Span<byte> body, int index, uint handle, uint parent, uint information)
    {
        MemoryMarshal.Write(body[4..], index);
        MemoryMarshal.Write(body[8..], handle);
        MemoryMarshal.Write(body[12..], parent);
        MemoryMarshal.Write(body[16..], information);
    }
}
