namespace Vicinal.Agent.Wiring;

/// <summary>What the reconciler asks its owner to do.</summary>
public enum WiringAction
{
    /// <summary>Open the interface and hand its packets to the port.</summary>
    Wire,

    /// <summary>Close the interface; the port's packets end here.</summary>
    Unwire,
}

/// <param name="InterfaceIndex">The interface as the kernel numbers it; a re-created one has another number.</param>
public readonly record struct WiringStep(WiringAction Action, Guid PortId, string Device, int InterfaceIndex);

/// <summary>
/// Brings the taps that are wired in line with the ports that should be and the interfaces that exist. Pure: it says what to
/// do, and what it said is taken as done until <see cref="Failed"/> says otherwise. Owned by the data-path thread.
/// </summary>
public sealed class PortWiring
{
    // Desired: device name of every port bound here. A name is 11 characters of the id, so two ports may share one; the first keeps it.
    private readonly Dictionary<string, Guid> _desired = new(StringComparer.Ordinal);

    // What the kernel has: interface indexes by name.
    private readonly Dictionary<string, int> _present = new(StringComparer.Ordinal);

    // Actual: what is wired.
    private readonly Dictionary<string, (Guid Port, int Index)> _actual = new(StringComparer.Ordinal);

    public IEnumerable<(Guid PortId, string Device)> Wired => _actual.Select(entry => (entry.Value.Port, entry.Key));

    public bool IsWired(Guid portId) => _actual.Values.Any(wired => wired.Port == portId);

    public IEnumerable<WiringStep> PortWanted(Guid portId, string device)
    {
        _desired.TryAdd(device, portId);
        return Reconcile(device);
    }

    public IEnumerable<WiringStep> PortUnwanted(Guid portId, string device)
    {
        if (_desired.TryGetValue(device, out Guid holder) && holder == portId)
        {
            _desired.Remove(device);
        }

        return Reconcile(device);
    }

    public IEnumerable<WiringStep> InterfaceAppeared(string device, int index)
    {
        _present[device] = index;
        return Reconcile(device);
    }

    public IEnumerable<WiringStep> InterfaceGone(string device)
    {
        _present.Remove(device);
        return Reconcile(device);
    }

    /// <summary>A wire that was asked for did not come about; it is tried again when the interface is heard of again.</summary>
    public void Failed(string device) => _actual.Remove(device);

    private IEnumerable<WiringStep> Reconcile(string device)
    {
        List<WiringStep> steps = [];
        bool wanted = _desired.TryGetValue(device, out Guid port) & _present.TryGetValue(device, out int index);
        if (_actual.TryGetValue(device, out (Guid Port, int Index) actual) && !(wanted && actual == (port, index)))
        {
            _actual.Remove(device);
            steps.Add(new WiringStep(WiringAction.Unwire, actual.Port, device, actual.Index));
        }

        if (wanted && !_actual.ContainsKey(device))
        {
            _actual[device] = (port, index);
            steps.Add(new WiringStep(WiringAction.Wire, port, device, index));
        }

        return steps;
    }
}
