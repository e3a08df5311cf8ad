using System.CommandLine;
using Vicinal.Cli.Demo;
using Vicinal.Cli.Deploy;

namespace Vicinal.Cli;

/// <summary>Every command of the program; docs/cli.md and docs/configuration.md describe them.</summary>
public static class CommandTree
{
    public static RootCommand Build() => new("Networks for OpenStack-style clouds, routed on the node where a packet starts.")
    {
        ServerCommand.Build(),
        AgentCommand.Build(),
        DemoCommand.Build(),
        LabCommand.Build(),
        DeployCommand.Build(),
        PlugCommand.Build(),
        ShowCommand.Build(),
        MigrateCommand.Build(),
    };
}
