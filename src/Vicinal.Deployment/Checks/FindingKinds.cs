using static Vicinal.Deployment.Checks.Severity;

namespace Vicinal.Deployment.Checks;

/// <summary>Every kind of finding. An id is never renamed and never used for something else, since scripts know it.</summary>
public static class FindingKinds
{
    // Reading
    public static FindingKind UnreadableFile { get; } = new("unreadable-file", Error, "a file cannot be read", "correct the path, or the file's rights");
    public static FindingKind NotYaml { get; } = new("not-yaml", Error, "a file is not YAML, or larger or deeper than is read", "correct the line that is named");
    public static FindingKind WrongType { get; } = new("wrong-type", Error, "a value is not of the kind that its key wants", "write what the message expects");
    public static FindingKind UnknownKey { get; } = new("unknown-key", Warning, "a key is not known, so it has no effect", "correct its spelling, or take it away");
    public static FindingKind ParameterWithoutEffect { get; } = new("parameter-without-effect", Note, "a TripleO parameter says something that is always so here, or of no meaning", "nothing; it may stay");
    public static FindingKind ExternalBridgeParameter { get; } = new("external-bridge-parameter", Warning, "an external bridge is set for the L3 agent", "take it away and name the physical network in the bridge mappings");

    // Nodes
    public static FindingKind NoServer { get; } = new("no-server", Error, "no node runs the server", "give one node the role `server`");
    public static FindingKind SeveralServers { get; } = new("several-servers", Error, "several nodes run a server, each with a store of its own", "leave the role `server` to one node");
    public static FindingKind ServerAddressMissing { get; } = new("server-address-missing", Error, "the other nodes are not told where the server is", "set the server node's `address` or `tunnel-ip`, or `server.agents` to an address that the nodes reach");
    public static FindingKind NoRole { get; } = new("no-role", Error, "a node has no role", "set its `roles`");
    public static FindingKind DuplicateName { get; } = new("duplicate-name", Error, "two nodes have one name for people, or for DNS", "give each node a name of its own");
    public static FindingKind TunnelAddressMissing { get; } = new("tunnel-address-missing", Error, "a node with an agent has no tunnel address", "set its `tunnel-ip`");
    public static FindingKind DuplicateAddress { get; } = new("duplicate-address", Error, "two nodes have one tunnel address", "give each node a tunnel address of its own");
    public static FindingKind TunnelFamily { get; } = new("tunnel-family", Error, "tunnel addresses are of both families, and no tunnel joins the two", "use IPv4 or IPv6 on all nodes");
    public static FindingKind TunnelNicUnknown { get; } = new("tunnel-nic-unknown", Warning, "the tunnel address is not on a NIC that the node names", "set `tunnel-nic` to one of the node's `nics`");

    // Routing
    public static FindingKind DvrWithHa { get; } = new("dvr-with-ha", Note, "DVR and L3 HA are both on, which TripleO's manual forbids for ML2/OVS", "nothing: here they work together, and HA covers what is not distributed");
    public static FindingKind NoGateway { get; } = new("no-gateway", Warning, "no node serves what is not distributed: no SNAT, no centralized router", "give a node the role `gateway`");
    public static FindingKind SingleGateway { get; } = new("single-gateway", Warning, "HA is on, and no other gateway node can take over", "add a gateway node, or turn `ha` off");
    public static FindingKind NoStandby { get; } = new("no-standby", Warning, "HA is on, and each router gets one gateway node only", "set `max-gateways` to 2 or more");
    public static FindingKind TooFewWitnesses { get; } = new("too-few-witnesses", Warning, "two nodes alone cannot tell a crash of the other from a cut between them", "add a third node; a compute will do");
    public static FindingKind NoFailover { get; } = new("no-failover", Warning, "a router's only gateway node may fail, and nothing takes over", "turn on `ha` or `automatic-failover`");
    public static FindingKind GatewayMode { get; } = new("gateway-mode", Error, "a gateway node's agent mode serves no gateway, or no distributed router", "use `dvr_snat`, or `legacy` where DVR is off");
    public static FindingKind ComputeMode { get; } = new("compute-mode", Warning, "a compute's agent mode makes it a gateway node, or keeps it from routing", "use `dvr`, or `dvr_no_external` on a compute without the external network");
    public static FindingKind DvrUnsaid { get; } = new("dvr-unsaid", Warning, "TripleO's files are used, and none says whether DVR is on", "include the DVR environment file, or set `NeutronEnableDVR`");
    public static FindingKind DvrContradiction { get; } = new("dvr-contradiction", Warning, "the DVR environment file is included, and DVR is off after all", "leave the file out, or put it behind the one that turns DVR off");

    // Networks
    public static FindingKind NetworkConfigDiffers { get; } = new("network-config-differs", Warning, "Compute and Controller name different network configurations, and their external bridges differ", "make the bridges of the mappings alike in both files");
    public static FindingKind NetworkConfigMissing { get; } = new("network-config-missing", Warning, "one of Compute and Controller names a network configuration and the other none", "name one for both");
    public static FindingKind NetworkConfigUnreadable { get; } = new("network-config-unreadable", Warning, "a network configuration cannot be read, so its bridges are not checked", "correct the path, or copy the file beside the site");
    public static FindingKind ExternalBridgeMissing { get; } = new("external-bridge-missing", Error, "a bridge mapping names a bridge that the node's network configuration has not", "add the bridge to the file, as the other role has it");
    public static FindingKind BridgeWithoutNic { get; } = new("bridge-without-nic", Error, "no NIC leads out of a mapped bridge that an agent can use", "give the bridge a member of type interface, linux_bond or team");
    public static FindingKind BridgeNotNeeded { get; } = new("bridge-not-needed", Note, "a bridge mapping names a bridge; the agent uses the NIC behind it", "take the NIC out of the bridge on the node, and let the host's address move to the NIC");
    public static FindingKind MappedNicMissing { get; } = new("mapped-nic-missing", Error, "a bridge mapping names what is neither a NIC of the node nor a bridge", "name it under the node's `nics`, or correct the mapping");
    public static FindingKind NicMappedTwice { get; } = new("nic-mapped-twice", Error, "one NIC is mapped to two physical networks", "map each physical network to a NIC of its own");
    public static FindingKind ComputeWithoutExternal { get; } = new("compute-without-external", Warning, "a compute does not reach the external network, so its floating IPs pass a gateway node", "map the external network on the compute, or set its `mode` to `dvr_no_external` to say that it is meant");
    public static FindingKind PhysicalNetworkWithoutGateway { get; } = new("physical-network-without-gateway", Warning, "no gateway node reaches a physical network, so no router has its gateway there", "map it on the gateway nodes");
    public static FindingKind VlanRangeWithoutMapping { get; } = new("vlan-range-without-mapping", Error, "VLANs are given out on a physical network that no node reaches", "map the physical network on the nodes, or take its range away");
    public static FindingKind FlatNetworkWithoutMapping { get; } = new("flat-network-without-mapping", Error, "a physical network for flat networks is reached by no node", "map it on the nodes, or take it away");
    public static FindingKind VlanWithoutRange { get; } = new("vlan-without-range", Error, "tenant networks may be VLANs, and no physical network has a range for them", "set `vlan-ranges` to NETWORK:FIRST:LAST");
    public static FindingKind TenantTypeNotEnabled { get; } = new("tenant-type-not-enabled", Warning, "tenant networks use a tunnel that is not among the tunnel types", "add it to `tunnel-types`, or take it from `tenant-types`");

    // MTU
    public static FindingKind UnderlayMtu { get; } = new("underlay-mtu", Error, "a tunnel NIC carries less than the largest tunnel packet", "raise the NIC's MTU, and that of the switches between, or set the site's `path-mtu`");
    public static FindingKind UnderlayMtuDiffers { get; } = new("underlay-mtu-differs", Warning, "tunnel NICs have different MTUs", "give them one MTU; the smallest is what holds between all");
    public static FindingKind PhysicalMtu { get; } = new("physical-mtu", Error, "a NIC of a physical network carries less than the networks on it are told", "raise the NIC's MTU, or set the network's in `physical-mtus`");
    public static FindingKind TenantMtuSmall { get; } = new("tenant-mtu-small", Warning, "tunnelled networks carry less than IPv6 asks of every link, 1280 bytes", "raise the site's `mtu` and that of the underlay");

    // Around it
    public static FindingKind ExtraAddresses { get; } = new("extra-addresses", Note, "no compute needs an external address of its own, as one does with ML2/OVS", "nothing");
    public static FindingKind AgentsWithoutTls { get; } = new("agents-without-tls", Warning, "server and agents speak plain text beyond loopback", "set `tls` to the folder of the certificates");
    public static FindingKind ApiOpen { get; } = new("api-open", Warning, "the API listens beyond loopback, and whoever reaches it is admin", "let it listen on loopback, or keep others away from the address");

    // On the node itself
    public static FindingKind KernelFeatures { get; } = new("kernel-features", Warning, "this kernel offers no fast path, so the agent carries every packet itself", "use Linux 5.13 or newer with bpf(2); `vicinal agent check` says what is missing");
    public static FindingKind MissingRights { get; } = new("missing-rights", Warning, "this process may not try what the agent needs, so that is not checked", "run the check as root");
    public static FindingKind NicMissing { get; } = new("nic-missing", Error, "a NIC that the site names is not on this machine", "correct the name, or plug it in");
    public static FindingKind NicDown { get; } = new("nic-down", Error, "a NIC that the site names is down or has no carrier", "set it up; look at the cable and the switch");
    public static FindingKind NicInBridge { get; } = new("nic-in-bridge", Warning, "a mapped NIC is part of a bridge or bond, which takes its frames", "take it out of the bridge, or map the bond");
    public static FindingKind NicMtu { get; } = new("nic-mtu", Error, "a NIC on this machine has a smaller MTU than the site needs", "raise it, and that of the switches behind it");
    public static FindingKind AddressMissing { get; } = new("address-missing", Error, "the tunnel address is not on this machine, or on another NIC than the site says", "add it to the NIC, or correct the site");
    public static FindingKind Clock { get; } = new("clock", Warning, "this machine's clock is not synchronised, so logs and certificates tell of other times", "run chrony or systemd-timesyncd");
    public static FindingKind PeerSilent { get; } = new("peer-silent", Error, "another node's tunnel address does not answer", "look at the way between the two, and at its firewall");
    public static FindingKind PathMtu { get; } = new("path-mtu", Error, "packets of full size do not reach another node's tunnel address", "raise the MTU of the switches between, or set the site's `path-mtu`");

    /// <summary>In the order of declaration.</summary>
    public static IReadOnlyList<FindingKind> All { get; } =
    [
        UnreadableFile, NotYaml, WrongType, UnknownKey, ParameterWithoutEffect, ExternalBridgeParameter,
        NoServer, SeveralServers, ServerAddressMissing, NoRole, DuplicateName, TunnelAddressMissing, DuplicateAddress, TunnelFamily, TunnelNicUnknown,
        DvrWithHa, NoGateway, SingleGateway, NoStandby, TooFewWitnesses, NoFailover, GatewayMode, ComputeMode, DvrUnsaid, DvrContradiction,
        NetworkConfigDiffers, NetworkConfigMissing, NetworkConfigUnreadable, ExternalBridgeMissing, BridgeWithoutNic, BridgeNotNeeded, MappedNicMissing, NicMappedTwice,
        ComputeWithoutExternal, PhysicalNetworkWithoutGateway, VlanRangeWithoutMapping, FlatNetworkWithoutMapping, VlanWithoutRange, TenantTypeNotEnabled,
        UnderlayMtu, UnderlayMtuDiffers, PhysicalMtu, TenantMtuSmall,
        ExtraAddresses, AgentsWithoutTls, ApiOpen,
        KernelFeatures, MissingRights, NicMissing, NicDown, NicInBridge, NicMtu, AddressMissing, Clock, PeerSilent, PathMtu,
    ];
}
