using System.CommandLine;
using System.Text;
using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Cli.Deploy;

/// <summary>The site file and the environment files on top of it, as every command that takes a site takes them.</summary>
internal sealed class SiteOptions
{
    private readonly Argument<string> _site = new("site") { Description = "The site file.", HelpName = "SITE" };

    private readonly Option<string[]> _environments = new("--environment")
    {
        Description = "Environment file to put on top; later ones win. May be repeated.",
        HelpName = "FILE",
        AllowMultipleArgumentsPerToken = false,
        Aliases = { "-e" },
    };

    public void AddTo(Command command)
    {
        command.Add(_site);
        command.Add(_environments);
    }

    /// <summary>The site, with what reading and checking it found.</summary>
    public (Site Site, FindingList Found) Read(ParseResult settings)
    {
        (Site site, FindingList found) = SiteReader.Read(settings.GetValue(_site)!, settings.GetValue(_environments) ?? [], ReadFile);
        SiteCheck.Run(site, found);
        return (site, found);
    }

    /// <summary>No more than a site's file may have, so that a device or a huge file costs nothing; bytes that are not UTF-8 are refused.</summary>
    private static FileText ReadFile(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read);
            using StreamReader reader = new(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            char[] text = new char[YamlReader.MaxCharacters + 1];
            return new FileText(new string(text, 0, reader.ReadBlock(text)), null);
        }
        catch (DecoderFallbackException)
        {
            return new FileText(null, "it is not UTF-8");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new FileText(null, e.Message);
        }
    }
}
