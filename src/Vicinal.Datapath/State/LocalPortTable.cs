using System.Diagnostics.CodeAnalysis;
using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>The ports that are bound to this node or have a device here, by id and by device.</summary>
internal sealed class LocalPortTable(string self, SegmentTable segments, FilterTable filters, Generations generations, StateChanges changes)
{
    private const int MaxDevice = 1 << 24;

    private readonly Dictionary<Guid, LocalPort> _byId = [];

    /// <summary>Devices are numbered by the kernel, which counts on from 1: a table by number, whose gaps cost eight bytes each.</summary>
    private LocalPort?[] _byDevice = new LocalPort?[64];

    public ServiceNumbers Numbers { get; } = new();

    public IReadOnlyCollection<LocalPort> All => _byId.Values;

    /// <summary>Another when <see cref="All"/> is.</summary>
    public int Version { get; private set; }

    public bool TryByDevice(int device, [NotNullWhen(true)] out LocalPort? port)
    {
        LocalPort?[] table = _byDevice;
        port = (uint)device < (uint)table.Length ? table[device] : null;
        return port is not null;
    }

    public bool TryById(Guid id, [NotNullWhen(true)] out LocalPort? port) => _byId.TryGetValue(id, out port);

    public void Put(LocalPortRow row)
    {
        LocalPort port = GetOrAdd(row.PortId);
        LocalPortRow? effective = row.Host == self ? row : null;
        if (port.Row != effective)
        {
            Bind(port, effective);
            Release(port);
        }
    }

    public void Put(InstanceRow row)
    {
        LocalPort port = GetOrAdd(row.PortId);
        if (port.Instance != row)
        {
            port.Instance = row;
            generations.Bump(port.Slot);
            Advertise(port);
        }
    }

    public void RemoveInstance(Guid portId)
    {
        if (_byId.TryGetValue(portId, out LocalPort? port) && port.Instance is not null)
        {
            port.Instance = null;
            generations.Bump(port.Slot);
            Advertise(port);
            Forget(port);
        }
    }

    public void Remove(Guid portId)
    {
        if (_byId.TryGetValue(portId, out LocalPort? port) && port.Row is not null)
        {
            Bind(port, null);
            Release(port);
        }
    }

    public void Attach(Guid portId, int device)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(device);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(device, MaxDevice);
        if (TryByDevice(device, out LocalPort? other) && other.Id != portId)
        {
            Detach(other.Id);
        }

        LocalPort port = GetOrAdd(portId);
        if (port.Device != device)
        {
            if (port.Device >= 0)
            {
                _byDevice[port.Device] = null;
            }

            if (device >= _byDevice.Length)
            {
                Array.Resize(ref _byDevice, Math.Max(device + 1, _byDevice.Length * 2));
            }

            port.Device = device;
            port.NextAdvertisement = 0;
            _byDevice[device] = port;
            generations.Bump(port.Slot);
        }
    }

    public void Detach(Guid portId)
    {
        if (_byId.TryGetValue(portId, out LocalPort? port) && port.Device >= 0)
        {
            _byDevice[port.Device] = null;
            port.Device = -1;
            generations.Bump(port.Slot);
            Release(port);
        }
    }

    private LocalPort GetOrAdd(Guid id)
    {
        if (!_byId.TryGetValue(id, out LocalPort? port))
        {
            port = new LocalPort(id, generations.Allocate(), changes.Zones.Add(new ZoneOwner(ZoneOwnerKind.LocalPort, id)));
            port.Number = Numbers.Take(port);
            _byId[id] = port;
            Version++;
        }

        return port;
    }

    private void Bind(LocalPort port, LocalPortRow? row)
    {
        Unbind(port);
        port.Row = row;
        generations.Bump(port.Slot);
        if (row is null)
        {
            return;
        }

        port.Groups = [.. row.SecurityGroups.Select(filters.GroupOf)];
        foreach (FilterGroup group in port.Groups)
        {
            group.Ports.Add(port);
        }

        Segment segment = segments.GetOrAdd(row.NetworkId);
        port.Segment = segment;
        segment.LocalPorts.Add(port);
        port.NextAdvertisement = 0;
        changes.Advertised.Add(segment);
        changes.Owned |= segment.Physical >= 0;
        Bump(segment.LocalPortsByMac.Add(row.Mac, port, row.PortKey));
        segment.OwnerSlots.Bump(row.Mac.Value);
        foreach (MacAddress mac in port.PairMacs())
        {
            segment.Share(mac).Ports.Add(port);
            segment.OwnerSlots.Bump(mac.Value);
        }

        foreach (IpAddress address in row.Addresses)
        {
            Bump(segment.LocalPortsByAddress.Add(address, port, row.PortKey));
            segment.OwnerSlots.Bump(address.Low);
        }
    }

    private void Unbind(LocalPort port)
    {
        foreach (FilterGroup group in port.Groups)
        {
            group.Ports.Remove(port);
            filters.Release(group);
        }

        port.Groups = [];
        if (port.Segment is { } segment)
        {
            segment.LocalPorts.Remove(port);
            changes.Owned |= segment.Physical >= 0;
            Bump(segment.LocalPortsByMac.Remove(port.Row!.Mac, port));
            segment.OwnerSlots.Bump(port.Row.Mac.Value);
            foreach (MacAddress mac in port.PairMacs())
            {
                segment.Share(mac).Ports.Remove(port);
                segment.ReleaseShared(mac);
                segment.OwnerSlots.Bump(mac.Value);
            }

            foreach (IpAddress address in port.Row.Addresses)
            {
                Bump(segment.LocalPortsByAddress.Remove(address, port));
                segment.OwnerSlots.Bump(address.Low);
            }

            port.Segment = null;
            segments.Release(segment);
        }
    }

    private void Release(LocalPort port)
    {
        Forget(port);

        if (port.Row is null)
        {
            // What it had agreed on ends with the port; should it come back, its packets are judged anew.
            changes.DeadZones.Add(port.Zone);
        }
    }

    private void Forget(LocalPort port)
    {
        if (port.Row is null && port.Instance is null && port.Device < 0)
        {
            _byId.Remove(port.Id);
            Version++;
            Numbers.GiveBack(port.Number);
            generations.Free(port.Slot);
            changes.Zones.Remove(port.Zone);
        }
    }

    private void Advertise(LocalPort port)
    {
        if (port.Segment is { } segment)
        {
            changes.Advertised.Add(segment);
        }
    }

    private void Bump(LocalPort? other)
    {
        if (other is not null)
        {
            generations.Bump(other.Slot);
        }
    }
}
