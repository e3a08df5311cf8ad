using Vicinal.Lab.Instances;

namespace Vicinal.Scenarios.Tests;

/// <summary>
/// A DHCP client as distributions have it, run inside an instance. The script that it calls sets the address and writes down what it
/// was told, instead of the distribution's own, which would write the machine's resolv.conf.
/// </summary>
public sealed class BootClient : IDisposable
{
    private const string Script = """
        #!/bin/sh
        env >> "$0.env"
        if [ -n "$new_ip_address" ]; then ip addr replace "$new_ip_address/$new_subnet_mask" dev "$interface"; fi
        if [ -n "$new_ip6_address" ]; then ip addr replace "$new_ip6_address/$new_ip6_prefixlen" dev "$interface"; fi
        if [ "$reason$1" = PREINIT ] || [ "$1" = deconfig ]; then ip link set "$interface" up; fi
        exit 0
        """;

    /// <summary>As distributions ask for.</summary>
    private const string Requests = """
        request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers, host-name, interface-mtu, ntp-servers,
            dhcp6.name-servers, dhcp6.domain-search, dhcp6.fqdn, dhcp6.sntp-servers;
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("vicinal-boot").FullName;
    private readonly string _script;
    private readonly Instance _instance;

    public BootClient(Instance instance)
    {
        _instance = instance;
        _script = Path.Combine(_directory, "script");
        File.WriteAllText(_script, Script);
        File.SetUnixFileMode(_script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    /// <summary>What the client's script was told last, by the names that the client has for it.</summary>
    public Dictionary<string, string> Told { get; private set; } = [];

    /// <summary>ISC's client, which ends up in the background with a lease; the file with its leases stays for the next run.</summary>
    public void Dhclient(params string[] options)
    {
        string pid = Path.Combine(_directory, "pid");
        Run("dhclient", [.. options, "-1", "-v", "-sf", _script, "-lf", Path.Combine(_directory, "leases"), "-pf", pid, "-cf", Configuration(Requests), "eth0"]);
        if (File.Exists(pid))
        {
            Tool.Run(_instance.Namespace, "kill", File.ReadAllText(pid).Trim()).ExitCode.ShouldBe(0);
            File.Delete(pid);
        }
    }

    /// <summary>Busybox's.</summary>
    public void Udhcpc() => Run("udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "10", "-s", _script, "-O", "121", "-O", "mtu", "-O", "hostname", "-O", "domain");

    /// <summary>Roy Marples' client, for IPv6: it solicits routers first and does what they say.</summary>
    public void Dhcpcd() => Run("dhcpcd", "-6", "-1", "-B", "-d", "-t", "20", "-c", _script, "-f", Configuration(""), "eth0");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Configuration(string content)
    {
        string path = Path.Combine(_directory, "conf");
        File.WriteAllText(path, content);
        return path;
    }

    private void Run(string program, params string[] arguments)
    {
        string log = $"{_script}.env";
        File.Delete(log);
        ToolResult result = Tool.Run(_instance.Namespace, program, arguments);
        result.ExitCode.ShouldBe(0, result.ToString());
        Told = [];
        foreach (string[] pair in File.ReadAllLines(log).Select(static line => line.Split('=', 2)).Where(static pair => pair.Length == 2))
        {
            Told[pair[0]] = pair[1];
        }
    }
}
