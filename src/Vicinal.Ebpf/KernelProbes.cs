using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;

namespace Vicinal.Ebpf;

/// <summary>The attempts behind <see cref="KernelFeatures"/>: each throws with the kernel's answer when it fails.</summary>
internal static class KernelProbes
{
    private const int bpf_skb_adjust_room = 50;
    private const int bpf_redirect_neigh = 152;
    private const int bpf_redirect_peer = 155;
    private const int BPF_ADJ_ROOM_MAC = 1;
    private const int BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 = 1 << 1;
    private const int BPF_F_ADJ_ROOM_ENCAP_L4_UDP = 1 << 4;
    private const int BPF_F_ADJ_ROOM_ENCAP_L2_ETH = 1 << 6;

    /// <summary>An Ethernet header inside: in the upper half of the flags, from bit 56 on.</summary>
    private const int InnerEthernet = 14 << 24;

    /// <summary>IPv4, UDP, VXLAN and the inner Ethernet header.</summary>
    private const int TunnelBytes = 20 + 8 + 8 + 14;

    public static void Load()
    {
        using BpfMap map = BpfMap.Create(new BpfMapDefinition("probe", BpfMapType.Hash, 4, 4, 1));
        using BpfProgram program = Load([Move(0, 0), Exit]);
    }

    public static void MountFileSystem() => _ = ScratchNamespace.Run(() =>
    {
        // Over a directory that is there for sure; only this thread sees it covered.
        BpfFileSystem.Mount("/proc");
        return true;
    });

    public static void Attach(AttachmentMode mode) => _ = ScratchNamespace.Run(() =>
    {
        using BpfProgram program = Load([Move(0, 0), Exit]);
        using Rtnetlink route = Rtnetlink.Open();
        ProgramAttacher attacher = new(mode, route, pinDirectory: null);
        using Attachment attachment = attacher.Attach(program, route.GetLink("lo").Index, TrafficDirection.Ingress);
        attachment.Detach();
        return true;
    });

    public static void MapArray()
    {
        using BpfMap map = BpfMap.Create(new BpfMapDefinition("probe", BpfMapType.Array, 4, 8, 1, BpfMapFlags.MemoryMappable));
        using BpfMappedArray memory = map.Map();
    }

    public static void UseBatches()
    {
        using BpfMap map = BpfMap.Create(new BpfMapDefinition("probe", BpfMapType.Hash, 4, 4, 8));
        byte[] key = new byte[4];
        byte[] value = new byte[8 * 4];
        _ = map.UpdateBatch(key, value);
        _ = map.LookupBatch(new BpfBatchCursor(map), new byte[8 * 4], value);
        _ = map.DeleteBatch(key);
    }

    /// <summary>The flags are looked at when the helper runs, not by the verifier; so it runs, on a packet of UDP over IPv4.</summary>
    public static void Encapsulate()
    {
        const int Flags = BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_ENCAP_L2_ETH;
        using BpfProgram program = Load(
        [
            Move(2, TunnelBytes),
            Move(3, BPF_ADJ_ROOM_MAC),
            new BpfInstruction(BpfInstruction.LoadWide, 4, 0, Flags),
            new BpfInstruction(0, 0, 0, InnerEthernet),
            Call(bpf_skb_adjust_room),
            Exit,
        ]);
        byte[] packet = new byte[64];
        (packet[12], packet[14], packet[17], packet[22], packet[23]) = (0x08, 0x45, 50, 64, 17);
        BpfRunResult result = program.Run(packet, new byte[256]);
        if (result.ReturnValue != 0)
        {
            throw new DeviceException("bpf_skb_adjust_room", -(int)result.ReturnValue);
        }
    }

    /// <summary>Its verifier refuses an unknown helper.</summary>
    public static void RedirectNeighbour() => Load([Move(1, 1), Move(2, 0), Move(3, 0), Move(4, 0), Call(bpf_redirect_neigh), Exit]).Dispose();

    public static void RedirectPeer() => Load([Move(1, 1), Move(2, 0), Call(bpf_redirect_peer), Exit]).Dispose();

    public static void MakeVxlan() => Make(route => route.CreateMetadataVxlan("probe", 4789));

    public static void MakeGeneve() => Make(route => route.CreateMetadataGeneve("probe", 6081));

    private static void Make(Action<Rtnetlink> create) => _ = ScratchNamespace.Run(() =>
    {
        using Rtnetlink route = Rtnetlink.Open();
        create(route);
        return true;
    });

    private static BpfProgram Load(BpfInstruction[] instructions) =>
        BpfProgram.Load("probe", BpfProgramType.SchedulerClassifier, instructions, "GPL");

    private static BpfInstruction Move(int register, int value) => new(0xB7, (byte)register, 0, value);

    private static BpfInstruction Call(int helper) => new(BpfInstruction.Call, 0, 0, helper);

    private static BpfInstruction Exit { get; } = new(0x95, 0, 0, 0);
}
