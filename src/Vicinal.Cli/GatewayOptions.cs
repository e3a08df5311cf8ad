using System.CommandLine;
using Vicinal.Model.Rules;
using ParseResult = System.CommandLine.ParseResult;

namespace Vicinal.Cli;

/// <summary>How gateway nodes are watched and replaced, for the whole cloud.</summary>
internal sealed class GatewayOptions
{
    private readonly Option<int> _interval = new("--gateway-bfd-interval") { Description = "Time between two packets of BFD among a router's gateway nodes, and between two renewals of a lease.", HelpName = "MILLISECONDS", DefaultValueFactory = _ => GatewaySettings.Default.IntervalMilliseconds };
    private readonly Option<int> _multiplier = new("--gateway-bfd-multiplier") { Description = "So many packets may be missing before a gateway node counts as down.", HelpName = "PACKETS", DefaultValueFactory = _ => GatewaySettings.Default.Multiplier };
    private readonly Option<int> _lease = new("--gateway-lease") { Description = "For how long a gateway node that has standbys serves without being confirmed; at least interval x multiplier and one interval more.", HelpName = "MILLISECONDS", DefaultValueFactory = _ => GatewaySettings.Default.LeaseMilliseconds };
    private readonly Option<int> _hold = new("--gateway-hold") { Description = "For how long a gateway node of higher priority is well before it takes a router back.", HelpName = "SECONDS", DefaultValueFactory = _ => GatewaySettings.Default.HoldSeconds };
    private readonly Option<bool> _preempt = new("--gateway-preempt") { Description = "Whether it takes routers back at all.", DefaultValueFactory = _ => true };
    private readonly Option<bool> _failover = new("--allow-automatic-l3agent-failover") { Description = "Whether routers whose only gateway node is dead for longer than agent_down_time are scheduled anew.", DefaultValueFactory = _ => false };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_interval, _multiplier, _lease, _hold, _preempt, _failover])
        {
            command.Add(option);
        }
    }

    public GatewaySettings Read(ParseResult settings) => new()
    {
        IntervalMilliseconds = settings.GetValue(_interval),
        Multiplier = settings.GetValue(_multiplier),
        LeaseMilliseconds = settings.GetValue(_lease),
        HoldSeconds = settings.GetValue(_hold),
        Preempt = settings.GetValue(_preempt),
        AutomaticFailover = settings.GetValue(_failover),
    };
}
