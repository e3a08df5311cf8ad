using System.Diagnostics.CodeAnalysis;
using Vicinal.Services;

namespace Vicinal.Datapath.State;

/// <summary>
/// The numbers by which the node's services know ports. One that became free comes last in turn again: what a socket still says to a port that is gone
/// must not reach the next one.
/// </summary>
internal sealed class ServiceNumbers
{
    private readonly Dictionary<uint, LocalPort> _ports = [];
    private uint _last;

    /// <summary>0 when the node has more ports than there are numbers.</summary>
    public uint Take(LocalPort port)
    {
        if (_ports.Count >= ServiceClientAddress.MaxPorts - 1)
        {
            return 0;
        }

        do
        {
            _last = _last + 1 == ServiceClientAddress.MaxPorts ? 1 : _last + 1;
        }
        while (!_ports.TryAdd(_last, port));

        return _last;
    }

    public void GiveBack(uint number) => _ports.Remove(number);

    public bool TryFind(uint number, [NotNullWhen(true)] out LocalPort? port) => _ports.TryGetValue(number, out port);
}
