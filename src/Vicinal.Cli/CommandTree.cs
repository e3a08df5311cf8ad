using System.CommandLine;

namespace Vicinal.Cli;

/// <summary>Every command of the program; the reference in docs/cli.md is made from it.</summary>
public static class CommandTree
{
    public static RootCommand Build() => new("Networks for OpenStack-style clouds, routed on the node where a packet starts.");
}
