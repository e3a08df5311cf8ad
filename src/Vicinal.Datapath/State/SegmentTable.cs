using System.Diagnostics.CodeAnalysis;
using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.State;

/// <summary>The segments by network, by encapsulation and VNI, and by tag on a physical network.</summary>
internal sealed class SegmentTable(IReadOnlyList<PhysicalNetwork> physicalNetworks, Generations generations, StateChanges changes)
{
    private uint _numbers;
    private readonly Dictionary<Guid, Segment> _byNetwork = [];
    private readonly Dictionary<uint, Segment> _byNumber = [];
    private readonly ClaimIndex<(Encapsulation Encapsulation, uint Vni), Segment> _byVni = new();
    private readonly ClaimIndex<(int Physical, ushort VlanId), Segment> _byTag = new();

    /// <summary>Those on a physical network of this node.</summary>
    public HashSet<Segment> OnPhysical { get; } = [];

    public bool TryByVni(Encapsulation encapsulation, uint vni, [NotNullWhen(true)] out Segment? segment) =>
        _byVni.TryGet((encapsulation, vni), out segment);

    public bool TryByTag(int physical, ushort vlanId, [NotNullWhen(true)] out Segment? segment) =>
        _byTag.TryGet((physical, vlanId), out segment);

    public bool TryByNetwork(Guid networkId, [NotNullWhen(true)] out Segment? segment) => _byNetwork.TryGetValue(networkId, out segment);

    public bool TryByNumber(uint number, [NotNullWhen(true)] out Segment? segment) => _byNumber.TryGetValue(number, out segment);

    public Segment GetOrAdd(Guid networkId)
    {
        if (!_byNetwork.TryGetValue(networkId, out Segment? segment))
        {
            segment = new Segment(networkId, ++_numbers, generations);
            _byNetwork[networkId] = segment;
            _byNumber[segment.Number] = segment;
        }

        return segment;
    }

    public void Put(SegmentRow row)
    {
        Segment segment = GetOrAdd(row.NetworkId);
        if (segment.Row != row)
        {
            Unindex(segment);
            segment.Row = row;
            segment.Physical = row.IsTunnelled ? -1 : IndexOf(row.PhysicalNetwork);
            Index(segment);
            Bump(segment);
            changes.Advertised.Add(segment);
        }
    }

    public void Remove(Guid networkId)
    {
        if (_byNetwork.TryGetValue(networkId, out Segment? segment))
        {
            Unindex(segment);
            segment.Row = null;
            segment.Physical = -1;
            Bump(segment);
            changes.Advertised.Add(segment);
            Release(segment);
        }
    }

    public void Put(SubnetRow row)
    {
        Segment segment = GetOrAdd(row.NetworkId);
        if (!segment.Subnets.TryGetValue(row.SubnetId, out SubnetRow? before) || before != row)
        {
            segment.Subnets[row.SubnetId] = row;
            Bump(segment);
            changes.Advertised.Add(segment);
        }
    }

    public void RemoveSubnet(Guid networkId, Guid subnetId)
    {
        if (_byNetwork.TryGetValue(networkId, out Segment? segment) && segment.Subnets.Remove(subnetId))
        {
            Bump(segment);
            changes.Advertised.Add(segment);
            Release(segment);
        }
    }

    /// <summary>Names decide no flow: their answers are made afresh for each question.</summary>
    public void Put(NameRow row) => GetOrAdd(row.NetworkId).Names.Put(row);

    public void RemoveName(Guid networkId, Guid portId)
    {
        if (_byNetwork.TryGetValue(networkId, out Segment? segment))
        {
            segment.Names.Remove(portId);
            Release(segment);
        }
    }

    /// <summary>Forgets a segment that nothing refers to any more.</summary>
    public void Release(Segment segment)
    {
        if (segment.IsEmpty && _byNetwork.Remove(segment.NetworkId))
        {
            _byNumber.Remove(segment.Number);
            changes.DeadSegments.Add(segment.Number);
            segment.OwnerSlots.Release();
        }
    }

    private int IndexOf(string? physicalNetwork)
    {
        for (int i = 0; i < physicalNetworks.Count; i++)
        {
            if (physicalNetworks[i].Name == physicalNetwork)
            {
                return i;
            }
        }

        return -1;
    }

    private void Index(Segment segment)
    {
        ulong rank = RankOf(segment.NetworkId);
        if (segment.Row!.IsTunnelled)
        {
            Bump(_byVni.Add((segment.Row.Encapsulation, segment.Row.Vni), segment, rank));
        }
        else if (segment.Physical >= 0)
        {
            OnPhysical.Add(segment);
            Bump(_byTag.Add((segment.Physical, segment.Row.VlanId), segment, rank));
        }
    }

    private void Unindex(Segment segment)
    {
        if (segment.Row is { IsTunnelled: true })
        {
            Bump(_byVni.Remove((segment.Row.Encapsulation, segment.Row.Vni), segment));
        }
        else if (segment.Row is not null && segment.Physical >= 0)
        {
            OnPhysical.Remove(segment);
            Bump(_byTag.Remove((segment.Physical, segment.Row.VlanId), segment));
        }
    }

    /// <summary>
    /// Every flow over a segment rests on a port, a router or an owner on it, so these stand for the segment and flows carry no
    /// stamp of its own.
    /// </summary>
    private void Bump(Segment? segment)
    {
        foreach (LocalPort port in segment?.LocalPorts ?? [])
        {
            generations.Bump(port.Slot);
        }

        foreach (RouterInterface port in segment?.Interfaces ?? [])
        {
            generations.Bump(port.Router.Slot);
        }

        foreach (ProviderOwner owner in segment?.ProviderOwners ?? [])
        {
            generations.Bump(owner.Slot);
        }
    }

    /// <summary>Any order will do that does not depend on who came first.</summary>
    internal static ulong RankOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        return BitConverter.ToUInt64(bytes) ^ BitConverter.ToUInt64(bytes[8..]);
    }
}
