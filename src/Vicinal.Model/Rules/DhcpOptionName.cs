namespace Vicinal.Model.Rules;

/// <summary>What the value of a DHCP option is, and so how its text is read.</summary>
public enum DhcpValueKind : byte
{
    /// <summary>Of an option that nobody knows here: addresses, 0x and hexadecimal digits, or else text.</summary>
    Any,
    Text,
    Address,

    /// <summary>One or more, with commas or blanks between them.</summary>
    Addresses,
    Octet,
    Word,
    Number,

    /// <summary>0 or 1.</summary>
    Flag,

    /// <summary>Domain names as DNS writes them.</summary>
    Domains,
    Hexadecimal,
}

/// <summary>A DHCP option as users name it.</summary>
public readonly record struct DhcpOptionName(string Name, ushort Code, DhcpValueKind Kind)
{
    /// <summary>siaddr is a field and no option; dnsmasq, and with it Neutron, gives it a name all the same.</summary>
    public const string NextServer = "server-ip-address";

    /// <summary>The names that dnsmasq has for DHCPv4 options, which are those that Neutron's users write.</summary>
    public static IReadOnlyList<DhcpOptionName> V4 { get; } =
    [
        new(NextServer, 0, DhcpValueKind.Address),
        new("netmask", 1, DhcpValueKind.Address),
        new("time-offset", 2, DhcpValueKind.Number),
        new("router", 3, DhcpValueKind.Addresses),
        new("dns-server", 6, DhcpValueKind.Addresses),
        new("log-server", 7, DhcpValueKind.Addresses),
        new("lpr-server", 9, DhcpValueKind.Addresses),
        new("hostname", 12, DhcpValueKind.Text),
        new("boot-file-size", 13, DhcpValueKind.Word),
        new("domain-name", 15, DhcpValueKind.Text),
        new("swap-server", 16, DhcpValueKind.Address),
        new("root-path", 17, DhcpValueKind.Text),
        new("extension-path", 18, DhcpValueKind.Text),
        new("ip-forward-enable", 19, DhcpValueKind.Flag),
        new("non-local-source-routing", 20, DhcpValueKind.Flag),
        new("policy-filter", 21, DhcpValueKind.Addresses),
        new("max-datagram-reassembly", 22, DhcpValueKind.Word),
        new("default-ttl", 23, DhcpValueKind.Octet),
        new("mtu", 26, DhcpValueKind.Word),
        new("all-subnets-local", 27, DhcpValueKind.Flag),
        new("broadcast", 28, DhcpValueKind.Address),
        new("router-discovery", 31, DhcpValueKind.Flag),
        new("router-solicitation", 32, DhcpValueKind.Address),
        new("static-route", 33, DhcpValueKind.Addresses),
        new("trailer-encapsulation", 34, DhcpValueKind.Flag),
        new("arp-timeout", 35, DhcpValueKind.Number),
        new("ethernet-encap", 36, DhcpValueKind.Flag),
        new("tcp-ttl", 37, DhcpValueKind.Octet),
        new("tcp-keepalive", 38, DhcpValueKind.Number),
        new("nis-domain", 40, DhcpValueKind.Text),
        new("nis-server", 41, DhcpValueKind.Addresses),
        new("ntp-server", 42, DhcpValueKind.Addresses),
        new("vendor-encap", 43, DhcpValueKind.Hexadecimal),
        new("netbios-ns", 44, DhcpValueKind.Addresses),
        new("netbios-dd", 45, DhcpValueKind.Addresses),
        new("netbios-nodetype", 46, DhcpValueKind.Octet),
        new("netbios-scope", 47, DhcpValueKind.Text),
        new("x-windows-fs", 48, DhcpValueKind.Addresses),
        new("x-windows-dm", 49, DhcpValueKind.Addresses),
        new("vendor-class", 60, DhcpValueKind.Text),
        new("nis+-domain", 64, DhcpValueKind.Text),
        new("nis+-server", 65, DhcpValueKind.Addresses),
        new("tftp-server", 66, DhcpValueKind.Text),
        new("bootfile-name", 67, DhcpValueKind.Text),
        new("mobile-ip-home", 68, DhcpValueKind.Addresses),
        new("smtp-server", 69, DhcpValueKind.Addresses),
        new("pop3-server", 70, DhcpValueKind.Addresses),
        new("nntp-server", 71, DhcpValueKind.Addresses),
        new("irc-server", 74, DhcpValueKind.Addresses),
        new("user-class", 77, DhcpValueKind.Text),
        new("domain-search", 119, DhcpValueKind.Domains),
        new("tftp-server-address", 150, DhcpValueKind.Addresses),
        new("path-prefix", 210, DhcpValueKind.Text),
        new("reboot-time", 211, DhcpValueKind.Number),
        new("wpad", 252, DhcpValueKind.Text),
    ];

    public static IReadOnlyList<DhcpOptionName> V6 { get; } =
    [
        new("dns-server", 23, DhcpValueKind.Addresses),
        new("domain-search", 24, DhcpValueKind.Domains),
        new("nis-server", 27, DhcpValueKind.Addresses),
        new("nis+-server", 28, DhcpValueKind.Addresses),
        new("nis-domain", 29, DhcpValueKind.Domains),
        new("nis+-domain", 30, DhcpValueKind.Domains),
        new("sntp-server", 31, DhcpValueKind.Addresses),
        new("information-refresh-time", 32, DhcpValueKind.Number),
        new("bootfile-url", 59, DhcpValueKind.Text),
    ];
}
