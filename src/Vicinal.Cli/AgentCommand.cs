using System.CommandLine;
using Vicinal.Agent;
using Vicinal.Ebpf;
using Vicinal.Packets;

namespace Vicinal.Cli;

internal static class AgentCommand
{
    public static Command Build()
    {
        Option<string?> config = DaemonCommand.ConfigOption();
        Option<string> host = new("--host") { Description = "This node's name, as in binding:host_id.", HelpName = "NAME" };
        Option<string[]> server = new("--server") { Description = "Server to follow; several are tried in turn. May be repeated, or a comma list.", HelpName = "HOST:PORT", AllowMultipleArgumentsPerToken = false };
        Option<string> tunnelIp = new("--tunnel-ip") { Description = "Local address that tunnels end at.", HelpName = "IP" };
        Option<string[]> tunnelType = new("--tunnel-type") { Description = "Encapsulation that this node has an end of: geneve, which is needed, vxlan, gre. None given: all. May be repeated.", HelpName = "TYPE", AllowMultipleArgumentsPerToken = false };
        Option<string> mode = new("--mode") { Description = "What of routing this node does, as Neutron's agent_mode.", DefaultValueFactory = _ => "dvr" };
        mode.AcceptOnlyFromAmong("dvr", "dvr_snat", "dvr_no_external", "legacy");
        Option<string[]> mapping = new("--bridge-mapping") { Description = "NIC that reaches a physical network; shared with the node's own stack. May be repeated.", HelpName = "NETWORK:INTERFACE", AllowMultipleArgumentsPerToken = false };
        Option<string> datapath = new("--datapath") { Description = "Who carries the packets.", DefaultValueFactory = _ => "auto" };
        datapath.AcceptOnlyFromAmong("auto", "ebpf", "userspace");
        Option<string> attach = AgentUpkeep.AttachOption();
        Option<bool> peerDelivery = new("--peer-delivery") { Description = "Hand packets straight to the instance's end of a veth: cheaper, and unseen by tcpdump on the host side.", DefaultValueFactory = _ => false };
        Option<uint> dhcpLease = new("--dhcp-lease") { Description = "For how many seconds instances use what DHCP gives them without asking again, at least 60.", HelpName = "SECONDS", DefaultValueFactory = _ => 86_400 };
        Option<string> stateDir = AgentUpkeep.StateDirOption();
        Option<string?> metadataUrl = new("--metadata-url") { Description = "Nova's metadata API, which instances' questions are handed on to.", HelpName = "URL" };
        Option<string?> metadataSecret = new("--metadata-secret-file") { Description = "File with the secret that Nova knows as metadata_proxy_shared_secret.", HelpName = "FILE" };
        Option<string?> metadataDirectory = new("--metadata-directory") { Description = "Answer for metadata without Nova, for labs, with authorized_keys and user_data from here.", HelpName = "DIR" };
        Option<string[]> dnsForwarder = new("--dns-forwarder") { Description = "Who is asked for names that are none of the cloud's; none given: the servers in /etc/resolv.conf. May be repeated.", HelpName = "ADDRESS[:PORT]", AllowMultipleArgumentsPerToken = false };
        TlsOptions tls = new();
        Command command = new("agent", "Runs this node: wires its ports, routes and filters their packets.") { config, host, server, tunnelIp, tunnelType, mode, mapping, datapath, attach, peerDelivery, dhcpLease, metadataUrl, metadataSecret, metadataDirectory, dnsForwarder, stateDir };
        tls.AddTo(command);
        command.Subcommands.Add(AgentUpkeep.BuildCheck());
        command.Subcommands.Add(AgentUpkeep.BuildUninstall());
        DaemonCommand.SetAction(command, config, (settings, cancellation) => AgentDaemon.RunAsync(
            new AgentSettings
            {
                Host = DaemonCommand.Required(settings, host),
                Servers = [.. DaemonCommand.Required(settings, server).SelectMany(s => s.Split(',', StringSplitOptions.RemoveEmptyEntries))],
                TunnelAddress = Address(DaemonCommand.Required(settings, tunnelIp)),
                TunnelTypes = TunnelTypeNames.Parse(settings.GetValue(tunnelType) ?? []),
                Mode = NodeModeNames.Parse(settings.GetValue(mode)!),
                BridgeMappings = [.. (settings.GetValue(mapping) ?? []).Select(BridgeMappingSetting.Parse)],
                Datapath = Enum.Parse<DatapathKind>(settings.GetValue(datapath)!, ignoreCase: true),
                Attach = Enum.Parse<AttachChoice>(settings.GetValue(attach)!, ignoreCase: true),
                PeerDelivery = settings.GetValue(peerDelivery),
                DhcpLeaseSeconds = Lease(settings.GetValue(dhcpLease)),
                Metadata = MetadataSettings.Parse(settings.GetValue(metadataUrl), settings.GetValue(metadataSecret), settings.GetValue(metadataDirectory)),
                DnsForwarders = [.. (settings.GetValue(dnsForwarder) ?? []).Select(DnsForwarderNames.Parse)],
                StateDirectory = Path.GetFullPath(settings.GetValue(stateDir)!),
                Tls = tls.Read(settings) is { } files ? new TlsFiles(files.Certificate, files.Key, files.Authority) : null,
            },
            cancellation));
        return command;
    }

    private static uint Lease(uint seconds) =>
        seconds >= 60 ? seconds : throw new SettingException($"--dhcp-lease: {seconds} is less than 60 seconds");

    private static IpAddress Address(string text) =>
        IpAddress.TryParse(text, out IpAddress address) ? address : throw new SettingException($"--tunnel-ip: '{text}' is not an IP address");
}
