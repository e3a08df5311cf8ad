using System.CommandLine;
using Vicinal.Model.Rules;
using ParseResult = System.CommandLine.ParseResult;

namespace Vicinal.Cli;

/// <summary>What the operator decides once for the whole cloud.</summary>
public sealed class CloudOptions
{
    private readonly NetworkOptions _networks = new();
    private readonly Option<bool> _distributed = new("--router-distributed") { Description = "Whether a router whose creator does not say is distributed.", DefaultValueFactory = _ => true };
    private readonly Option<bool> _ha = new("--router-ha") { Description = "Whether a router whose creator does not say has nodes that stand by.", DefaultValueFactory = _ => true };
    private readonly Option<bool> _dvr = new("--enable-dvr") { Description = "Whether routers may be distributed at all.", DefaultValueFactory = _ => true };
    private readonly Option<int> _agents = new("--max-l3-agents-per-router") { Description = "Gateway nodes of a router with standbys; 0: as many as there may be, which is 5.", HelpName = "NODES", DefaultValueFactory = _ => CloudSettings.Default.MaxL3AgentsPerRouter };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[.. _networks.All, _distributed, _ha, _dvr, _agents])
        {
            command.Add(option);
        }
    }

    public CloudSettings Read(ParseResult settings) => _networks.Read(settings, CloudSettings.Default) with
    {
        RouterDistributed = settings.GetValue(_distributed),
        RouterHa = settings.GetValue(_ha),
        EnableDvr = settings.GetValue(_dvr),
        MaxL3AgentsPerRouter = settings.GetValue(_agents) is >= 0 and <= GatewayScheduling.MaxBindings and int agents
            ? agents
            : throw new SettingException($"--max-l3-agents-per-router: 0 to {GatewayScheduling.MaxBindings} nodes"),
    };
}
