using System.CommandLine;
using Vicinal.Model.Rules;
using ParseResult = System.CommandLine.ParseResult;

namespace Vicinal.Cli;

/// <summary>What the operator decides once for the whole cloud.</summary>
public sealed class CloudOptions
{
    private readonly NetworkOptions _networks = new();
    private readonly Option<bool> _distributed = new("--router-distributed") { Description = "Whether a router whose creator does not say is distributed.", DefaultValueFactory = _ => true };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[.. _networks.All, _distributed])
        {
            command.Add(option);
        }
    }

    public CloudSettings Read(ParseResult settings) => _networks.Read(settings, CloudSettings.Default) with
    {
        RouterDistributed = settings.GetValue(_distributed),
    };
}
