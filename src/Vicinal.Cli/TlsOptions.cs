using System.CommandLine;

namespace Vicinal.Cli;

/// <summary>--tls-cert, --tls-key and --tls-ca, which belong together.</summary>
internal sealed class TlsOptions
{
    private readonly Option<string?> _certificate = new("--tls-cert") { Description = "Own certificate, PEM.", HelpName = "FILE" };
    private readonly Option<string?> _key = new("--tls-key") { Description = "Its private key, PEM.", HelpName = "FILE" };
    private readonly Option<string?> _authority = new("--tls-ca") { Description = "Authority that the other side's certificate must come from, PEM.", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Add(_certificate);
        command.Add(_key);
        command.Add(_authority);
    }

    /// <summary>Null when none of the three is given.</summary>
    /// <exception cref="SettingException">Only some are.</exception>
    public (string Certificate, string Key, string Authority)? Read(ParseResult settings)
    {
        string?[] given = [settings.GetValue(_certificate), settings.GetValue(_key), settings.GetValue(_authority)];
        return given switch
        {
            [null, null, null] => null,
            [{ } certificate, { } key, { } authority] => (certificate, key, authority),
            _ => throw new SettingException("--tls-cert, --tls-key and --tls-ca go together"),
        };
    }
}
