namespace Vicinal.Bench.Wire.Peers;

/// <summary>
/// OpenFlow rules that route between the guests on the node of the sender, as OVN's would in the end: MACs, TTL, one lookup a packet; on the way out of the
/// second node's NIC a connection-tracking pass with translation. ARP is left out: the guests know the router's MAC.
/// </summary>
internal static class OpenVswitchFlows
{
    public const string RouterMac = "02:00:00:00:01:01";
    public const string ExternalMac = "02:00:00:00:01:02";
    public const string RouterAddress = "203.0.113.2";
    public const string FloatingIp = "203.0.113.50";

    /// <summary>What is for the router's gateway is sent through the tunnel to this MAC.</summary>
    private const string TransitMac = "02:00:00:00:01:03";

    private const string ToNode1 = $"dec_ttl,mod_dl_src:{RouterMac},mod_dl_dst:02:00:00:00:00:01,output:geneve0";

    public static IEnumerable<string> Node1 =>
    [
        .. ((int[])[2, 3]).Select(guest => $"priority=10,in_port=tap1,ip,nw_dst={AddressOf(guest)},actions=dec_ttl,mod_dl_src:{RouterMac},mod_dl_dst:{TwoNodes.MacOf(guest)},output:geneve0"),
        $"priority=5,in_port=tap1,ip,actions=dec_ttl,mod_dl_src:{RouterMac},mod_dl_dst:{TransitMac},output:geneve0",
        $"priority=10,in_port=geneve0,ip,nw_dst={AddressOf(1)},actions=output:tap1",
    ];

    public static string AddressOf(int guest) => $"10.9.4{guest}.2";

    public static string GatewayOf(int guest) => $"10.9.4{guest}.1";

    public static IEnumerable<string> Node2(string internetMac) =>
    [
        // East-west.
        .. ((int[])[2, 3]).Select(guest => $"priority=10,in_port=tap{guest},ip,nw_dst={AddressOf(1)},actions={ToNode1}"),
        .. ((int[])[2, 3]).Select(guest => $"priority=10,in_port=geneve0,ip,dl_dst={TwoNodes.MacOf(guest)},actions=output:tap{guest}"),

        // Out: the floating IP of guest 2, and the router's address for guest 1.
        $"priority=5,in_port=tap2,ip,actions=dec_ttl,ct(commit,zone=2,nat(src={FloatingIp}),table=1)",
        $"priority=10,in_port=geneve0,ip,dl_dst={TransitMac},actions=dec_ttl,ct(commit,zone=1,nat(src={RouterAddress}),table=1)",
        $"table=1,ip,actions=mod_dl_src:{ExternalMac},mod_dl_dst:{internetMac},output:eth1",
        $"arp,in_port=eth1,actions=drop",

        // Back in.
        $"priority=10,in_port=eth1,ip,nw_dst={FloatingIp},actions=ct(zone=2,nat,table=2)",
        $"priority=10,in_port=eth1,ip,nw_dst={RouterAddress},actions=ct(zone=1,nat,table=2)",
        $"table=2,ip,nw_dst={AddressOf(2)},actions=dec_ttl,mod_dl_src:{RouterMac},mod_dl_dst:{TwoNodes.MacOf(2)},output:tap2",
        $"table=2,ip,nw_dst={AddressOf(1)},actions={ToNode1}",
    ];
}
