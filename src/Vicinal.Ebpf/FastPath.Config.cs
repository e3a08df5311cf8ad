using System.Runtime.InteropServices;
using Vicinal.Ebpf.Layout;
using Vicinal.Packets;

namespace Vicinal.Ebpf;

/// <content>What the programs are told about the node: where tunnels end, who is at their far ends, which MACs are ours.</content>
public sealed partial class FastPath
{
    /// <summary>How long a source may be ahead of its rate: what the agent can queue without losing others' packets.</summary>
    private static readonly TimeSpan s_upcallBurst = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<KernelOwnMac> _ownMacs = [];
    private Dictionary<uint, IpAddress> _formerPeers = [];

    /// <summary>The far ends of tunnels by the numbers that an earlier agent knew them by, which its flows' keys carry.</summary>
    public IReadOnlyDictionary<uint, IpAddress> FormerPeers => _formerPeers;

    /// <summary>The tap that undecided packets go up by.</summary>
    public void SetUpcallDevice(int interfaceIndex)
    {
        _config.UpcallInterface = (uint)interfaceIndex;
        WriteConfig();
    }

    /// <summary>
    /// Devices that put on and take off tunnel headers of whole super-packets, 0 where the kernel has none. They take source ports from the range given.
    /// </summary>
    public void SetTunnelDevices(int vxlan, int geneve, ushort portLow, ushort portHigh)
    {
        foreach (int device in (int[])[vxlan, geneve])
        {
            if (device != 0)
            {
                Attach(device, "tunnel", InputKinds.Device, 0);
            }
        }

        _config.TunnelPortLow = portLow;
        _config.TunnelPortHigh = portHigh;
        _config.VxlanInterface = (uint)vxlan;
        _config.GeneveInterface = (uint)geneve;
        WriteConfig();
    }

    /// <param name="number">As flow keys carry it.</param>
    public void SetPeer(IpAddress tunnelAddress, uint number)
    {
        KernelPeer peer = new() { Number = number };
        _peers.Update(BytesOf(in tunnelAddress), BytesOf(in peer));
    }

    public void RemovePeer(IpAddress tunnelAddress) => _peers.Delete(BytesOf(in tunnelAddress));

    /// <summary>The complete set of MACs on a physical network whose frames are not for the host.</summary>
    public void SetOwnMacs(int physical, IEnumerable<(ushort Vlan, MacAddress Mac)> macs)
    {
        HashSet<KernelOwnMac> wanted = [.. macs.Select(own => new KernelOwnMac(physical, own.Vlan, own.Mac))];
        BpfMap map = _maps["own_macs"];
        uint here = 1;
        foreach (KernelOwnMac mac in wanted)
        {
            if (_ownMacs.Add(mac))
            {
                map.Update(BytesOf(in mac), BytesOf(in here));
            }
        }

        foreach (KernelOwnMac mac in _ownMacs.Where(mac => mac.Physical == (uint)physical && !wanted.Contains(mac)).ToList())
        {
            _ownMacs.Remove(mac);
            _ = map.Delete(BytesOf(in mac));
        }
    }

    /// <summary>Reads what an earlier agent left, and begins an epoch.</summary>
    private void Adopt()
    {
        uint former = 0;
        KernelConfig before = default;
        if (Adopted && _maps["config"].TryLookup(BytesOf(0), MemoryMarshal.AsBytes(new Span<KernelConfig>(ref before))))
        {
            former = before.Epoch;
            ReadPeers();
            ReadOwnMacs();
        }

        _config = before;
        _config.TunnelLocal = _settings.TunnelAddress;
        _config.OnLink = MaskOf(_settings.TunnelPrefixLength);
        _config.TunnelInterface = (uint)_settings.TunnelInterface;
        _config.UpcallInterval = (uint)(1_000_000_000 / Math.Max(1, _settings.UpcallsPerSecond));
        _config.UpcallBurst = (uint)s_upcallBurst.TotalNanoseconds;
        _config.PendingWindow = (uint)_settings.PendingWindow.TotalNanoseconds;
        _config.PendingPackets = (uint)_settings.PendingPackets;
        _config.Seed = _settings.Seed;
        _config.PeerDelivery = _settings.PeerDelivery ? (ushort)1 : (ushort)0;
        _config.HasGre = _settings.HasGre ? (ushort)1 : (ushort)0;
        _config.Epoch = (former + 1) & 0xFFFF;
        _config.HeartbeatSlot = HeartbeatSlot;
        for (int i = 0; i < KernelLeaseSlots.Count; i++)
        {
            _config.LeaseSlots[i] = SlotOf((LeaseKind)(i + 1));
        }

        WriteConfig();
        DropFlowsOfOwnHalf();
        ClearHalf();
    }

    /// <summary>Of IPv4 within its 128 bits, where the upper 96 are the same for all addresses.</summary>
    private IpAddress MaskOf(int length)
    {
        int bits = length == 0 ? 0 : length + (_settings.TunnelAddress.IsIpv4 ? 96 : 0);
        return IpAddress.FromValue(bits == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - bits));
    }

    private void WriteConfig() => _maps["config"].Update(BytesOf(0), BytesOf(in _config));

    private void ReadPeers()
    {
        Dictionary<uint, IpAddress> peers = [];
        BpfMapSweep sweep = new(_peers);
        while (sweep.Next())
        {
            for (int i = 0; i < sweep.Count; i++)
            {
                peers[MemoryMarshal.Read<KernelPeer>(sweep.ValueAt(i)).Number] = MemoryMarshal.Read<IpAddress>(sweep.KeyAt(i));
            }
        }

        _formerPeers = peers;
    }

    private void ReadOwnMacs()
    {
        BpfMapSweep sweep = new(_maps["own_macs"]);
        while (sweep.Next())
        {
            for (int i = 0; i < sweep.Count; i++)
            {
                _ownMacs.Add(MemoryMarshal.Read<KernelOwnMac>(sweep.KeyAt(i)));
            }
        }
    }
}
