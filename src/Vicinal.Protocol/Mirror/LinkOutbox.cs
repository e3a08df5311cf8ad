using Vicinal.Forwarding;
using Vicinal.Protocol.Gateways;
using Vicinal.Protocol.Rows;
using Vicinal.Protocol.Units;

namespace Vicinal.Protocol.Mirror;

/// <summary>
/// What the agent has to tell, as state and not as a queue: the newest word on each port and on each gateway role, the newest
/// revision applied. A server that is away or slow makes it no longer. Not thread-safe; the link guards it.
/// </summary>
public sealed class LinkOutbox
{
    private const int MaxFaults = 256;
    private const int MaxPortsInMessage = 2048;

    private readonly Dictionary<Guid, Wire.PortStatus> _ports = [];
    private readonly HashSet<Guid> _unsent = [];
    private readonly Dictionary<Guid, GatewayRoleReport> _roles = [];
    private readonly HashSet<Guid> _unsentRoles = [];
    private readonly Dictionary<UnitId, string> _resyncs = [];
    private readonly List<Wire.RowFault> _faults = [];
    private bool _allRoles;
    private long? _applied;

    public bool IsEmpty => _unsent.Count == 0 && _unsentRoles.Count == 0 && _resyncs.Count == 0 && _faults.Count == 0 && _applied is null;

    /// <summary>A new stream: its server is told of every port and every gateway role, and of nothing that belonged to the stream before.</summary>
    public void Restart()
    {
        _unsent.UnionWith(_ports.Keys);
        _unsentRoles.UnionWith(_roles.Keys);
        _allRoles = true;
        _resyncs.Clear();
        _faults.Clear();
        _applied = null;
    }

    public void Port(Guid port, bool up, string reason)
    {
        _ports[port] = new Wire.PortStatus { Port = WireValues.Of(port), Up = up, Reason = reason };
        _unsent.Add(port);
    }

    /// <summary>What the server knows of the port may be older than its unit: it is told again.</summary>
    public void Repeat(Guid port)
    {
        if (_ports.ContainsKey(port))
        {
            _unsent.Add(port);
        }
    }

    /// <summary>The port is no longer this node's.</summary>
    public void Forget(Guid port)
    {
        _ports.Remove(port);
        _unsent.Remove(port);
    }

    /// <summary>What the node is for a router's gateway from now on.</summary>
    public void Gateway(GatewayRoleReport report)
    {
        _roles[report.RouterId] = report;
        _unsentRoles.Add(report.RouterId);
    }

    public void Applied(long revision) => _applied = revision;

    public void Resync(UnitId unit, string reason) => _resyncs[unit] = reason;

    public void Fault(RowProblem problem, long revision)
    {
        if (_faults.Count < MaxFaults)
        {
            _faults.Add(new Wire.RowFault
            {
                Unit = RowCodec.Encode(problem.Unit),
                Revision = revision,
                Key = RowCodec.Encode(problem.Key),
                Reason = problem.Reason,
            });
        }
    }

    /// <summary>All that is to be sent now, which counts as sent from here on.</summary>
    public List<Wire.AgentMessage> Take()
    {
        List<Wire.AgentMessage> messages = [];
        messages.AddRange(_faults.Select(fault => new Wire.AgentMessage { RowFault = fault }));
        foreach (Guid[] part in _unsent.Chunk(MaxPortsInMessage))
        {
            Wire.PortStatuses statuses = new();
            statuses.Ports.AddRange(part.Select(port => _ports[port]));
            messages.Add(new Wire.AgentMessage { PortStatuses = statuses });
        }

        messages.AddRange(TakeRoles());
        messages.AddRange(_resyncs.Select(pair => new Wire.AgentMessage
        {
            Resync = new Wire.Resync { Unit = RowCodec.Encode(pair.Key), Reason = pair.Value },
        }));
        if (_applied is { } revision)
        {
            messages.Add(new Wire.AgentMessage { Applied = new Wire.Applied { Revision = revision } });
        }

        _faults.Clear();
        _unsent.Clear();
        _resyncs.Clear();
        _applied = null;
        return messages;
    }

    private List<Wire.AgentMessage> TakeRoles()
    {
        List<Wire.AgentMessage> messages = [.. GatewayRoleCodec.Encode(_allRoles, _unsentRoles.Select(router => _roles[router]))];
        foreach (Guid router in _unsentRoles.Where(router => _roles[router].Role == GatewayRole.None))
        {
            _roles.Remove(router);
        }

        _allRoles &= messages.Count == 0;
        _unsentRoles.Clear();
        return messages;
    }
}
