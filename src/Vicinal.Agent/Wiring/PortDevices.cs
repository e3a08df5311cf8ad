using Microsoft.Extensions.Logging;
using Vicinal.Agent.Kernel;
using Vicinal.Agent.Transmit;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;
using Vicinal.Forwarding;

namespace Vicinal.Agent.Wiring;

/// <summary>
/// The interfaces of the ports that are bound to this node: wired as row and interface are both there, given up as one of them goes. A port is
/// reported up when it forwards and not before. Owned by the data-path thread.
/// </summary>
internal sealed class PortDevices(
    string host, Node node, DataPathThread thread, DeviceOutput output, FrameGuard guard, KernelPath? kernel, Action<PortReport> report, ILogger log) : IDisposable
{
    private readonly PortWiring _wiring = new();
    private readonly Dictionary<Guid, Tap> _taps = [];
    private readonly Dictionary<Guid, LocalPortRow> _rows = [];

    /// <summary>Every port that is wired, for a server that has to be told anew.</summary>
    public IReadOnlyList<PortReport> Wired() => [.. _wiring.Wired.Select(wired => new PortReport(wired.PortId, Up: true, "wired"))];

    /// <summary>The device of a port, or -1.</summary>
    public int DeviceOf(Guid portId) => _taps.TryGetValue(portId, out Tap? tap) ? tap.Index : -1;

    /// <summary>The interface of a device number, or the number where there is none.</summary>
    public string NameOf(int device) => _taps.Values.FirstOrDefault(tap => tap.Index == device)?.Device.Name ?? $"{device}";

    public void Apply(Guid portId, LocalPortRow? row)
    {
        LocalPortRow? before = _rows.GetValueOrDefault(portId);
        if (row is not null && row.Host == host)
        {
            _rows[portId] = row;
            Execute(_wiring.PortWanted(portId, row.DeviceName));
        }
        else if (before is not null)
        {
            _rows.Remove(portId);
            Execute(_wiring.PortUnwanted(portId, before.DeviceName));
        }
    }

    public void Apply(LinkEvent change)
    {
        if (change.Change == LinkChange.Vanished)
        {
            Execute(_wiring.InterfaceGone(change.Link.Name));
            return;
        }

        if (change.Before is { } before && before.Name != change.Link.Name)
        {
            Execute(_wiring.InterfaceGone(before.Name));
        }

        if (change.Link.Name.StartsWith("tap", StringComparison.Ordinal))
        {
            Execute(_wiring.InterfaceAppeared(change.Link.Name, change.Link.Index));
        }

        foreach (Tap tap in _taps.Values.Where(tap => tap.Index == change.Link.Index))
        {
            tap.Device.Refresh();
        }
    }

    public void Tick()
    {
        foreach (Tap tap in _taps.Values)
        {
            if (tap.Device.State == DeviceState.Gone)
            {
                Execute(_wiring.InterfaceGone(tap.Device.Name));
                break;
            }
        }
    }

    /// <summary>
    /// Guards and programs outlive the agent on purpose; those of ports that went while no agent was here go once the server has said which stay.
    /// </summary>
    /// <param name="others">Devices beside the ports that are to stay guarded.</param>
    public void ReleaseStale(IEnumerable<string> others)
    {
        HashSet<string> kept = [.. _rows.Values.Select(row => row.DeviceName), .. others];
        foreach (string device in guard.Guarded().Where(device => !kept.Contains(device)).ToList())
        {
            guard.Release(device);
        }

        kernel?.KeepPorts([.. _taps.Values.Select(tap => tap.Index)]);
    }

    public void Dispose()
    {
        foreach (Tap tap in _taps.Values)
        {
            tap.Dispose();
        }
    }

    private void Execute(IEnumerable<WiringStep> steps)
    {
        foreach (WiringStep step in steps.ToList())
        {
            if (step.Action == WiringAction.Wire)
            {
                Wire(step);
            }
            else
            {
                Unwire(step);
            }
        }
    }

    private void Wire(WiringStep step)
    {
        try
        {
            Tap tap = Tap.Open(step.Device, guard, hears: kernel is null);
            _taps[step.PortId] = tap;
            output.Add(tap);
            node.AttachPort(step.PortId, tap.Index);
            if (kernel is null)
            {
                tap.Token = thread.Serve(tap.Device.PollHandle, () => tap.Receive(node));
            }
            else
            {
                // Last: from here on the instance's packets come, and the port must be known.
                kernel.AttachPort(step.Device);
            }

            report(new PortReport(step.PortId, Up: true, "wired"));
        }
        catch (DeviceException e)
        {
            // The guard stays: whatever is behind the interface must not reach the node's own stack.
            _ = TakeDown(step.PortId);
            _wiring.Failed(step.Device);
            log.LogWarning("port {Port}: {Device} cannot be wired: {Error}", step.PortId, step.Device, e.Message);
            report(new PortReport(step.PortId, Up: false, e.Message));
        }
    }

    private void Unwire(WiringStep step)
    {
        if (TakeDown(step.PortId))
        {
            guard.Release(step.Device);
            report(new PortReport(step.PortId, Up: false, "unwired"));
        }
    }

    private bool TakeDown(Guid portId)
    {
        if (!_taps.Remove(portId, out Tap? tap))
        {
            return false;
        }

        kernel?.DetachPort(tap.Index);
        node.DetachPort(portId);
        output.Remove(tap);
        if (kernel is null)
        {
            thread.Forget(tap.Token, tap.Device.PollHandle);
        }

        tap.Dispose();
        return true;
    }
}
