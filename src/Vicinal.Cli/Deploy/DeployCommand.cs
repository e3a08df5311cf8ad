using System.CommandLine;

namespace Vicinal.Cli.Deploy;

/// <summary>From a site file to nodes that can be installed: check it, and write what each node needs.</summary>
internal static class DeployCommand
{
    public static Command Build() => new("deploy", "Checks a site, and writes each node's configuration.")
    {
        DeployCheck.Build(new SiteOptions()),
        DeployRender.Build(new SiteOptions()),
    };
}
