/*
 * The kernel fast path: packets of decided flows are carried here, all others go up to the agent. Three programs for tc ingress:
 *   port    the host side of an instance's interface
 *   nic     a NIC that tunnels end at, or that reaches a provider network, or both
 *   tunnel  a collect-metadata tunnel device, which hands over inner frames
 * An entry is one flow's key and action (layout.h); programs replay it and never decide. With the agent away its tap is gone too, so that
 * undecided packets are lost and decided flows go on.
 */
#include "forward.h"
#include "answer.h"

char _license[] SECTION("license") = "GPL";

INLINE struct config *configuration(void)
{
	u32 first = 0;
	return bpf_map_lookup_elem(&config, &first);
}

SECTION("tc")
int port(struct __sk_buff *skb)
{
	const struct config *config = configuration();
	struct flow_key key = { .input_kind = INPUT_PORT, .input_index = skb->ifindex };
	struct upcall up = { .kind = INPUT_PORT };
	struct headers h = {};
	u32 budget = budget_of_port(skb->ifindex);
	u32 why = COUNT_UPCALL_UNUSUAL;
	if (!config)
		return TC_ACT_SHOT;
	make_linear(skb, HEADERS);
	if (!skb->vlan_present && !parse_frame(skb, 0, &h, &key)) {
		u64 now = bpf_ktime_get_coarse_ns();
		struct flow *flow = find(config, &key, &h, now, &why);
		if (flow) {
			int result = carry(skb, config, &key, flow, &h, now, 0, 0);
			if (result != FOR_AGENT)
				return result;
			why = COUNT_UPCALL_UNUSUAL;
		}
	}
	if (why == COUNT_UPCALL_UNUSUAL) {
		int result = answer_neighbor(skb, config, INPUT_PORT, skb->ifindex, 0);
		if (result != TC_ACT_UNSPEC)
			return result;
	}
	return miss(skb, config, &key, &up, budget, why);
}

/* A Geneve super-packet for a tap or a NIC, where the kernel has a VXLAN device and no Geneve device. To a veth, tunnel marks do no harm. */
INLINE int must_be_plain(const struct __sk_buff *skb, const struct config *config, const struct flow *flow, const struct outer *outer)
{
	u32 output = flow->action.output_index;
	const struct input *to;
	if (!skb->gso_size || outer->encapsulation != ENCAP_GENEVE || !config->vxlan_ifindex)
		return 0;
	if (flow->action.output_kind != OUTPUT_PORT)
		return flow->action.output_kind == OUTPUT_PHYSICAL;
	to = bpf_map_lookup_elem(&inputs, &output);
	return !to || !(to->kinds & HAS_PEER);
}

/* A tunnel packet to our address: inner frames of known peers by their entries. */
INLINE int from_tunnel(struct __sk_buff *skb, const struct config *config, struct outer *outer)
{
	struct flow_key key = { .input_kind = INPUT_TUNNEL, .input_index = outer->vni };
	struct upcall up = { .kind = INPUT_TUNNEL, .encapsulation = outer->encapsulation, .tos = outer->tos, .payload = outer->tunnel };
	const struct peer *peer = bpf_map_lookup_elem(&peers, &outer->source);
	struct headers h = {};
	u32 why = COUNT_UPCALL_UNUSUAL;

	/* GRE has no port of its own: that of strangers may be the host's. The agent hears it by its socket. */
	if (outer->encapsulation == ENCAP_GRE && !peer)
		return TC_ACT_OK;

	/* Whole super-packets keep being whole through the device of their encapsulation, which hands them to the program below. */
	if (skb->gso_size && tunnel_device(config, outer->encapsulation))
		return TC_ACT_OK;
	up.remote = outer->source;

	/* Datagrams that were joined (UDP_SEGMENT on the same machine, or receive offload) have more behind the first inner packet than its own bytes. */
	if (peer && outer->frame && !parse_frame(skb, outer->frame, &h, &key) && h.ip
	    && (!skb->gso_size || outer->frame + 14 + h.l3_length >= skb->len)) {
		u64 now = bpf_ktime_get_coarse_ns();
		struct flow *flow;
		int congested = (outer->tos & 3) == 3 && (h.traffic_class & 3) != 3;
		key.input_peer = peer->number << 3 | outer->encapsulation;
		h.mark_congestion = congested;
		flow = congested && !(h.traffic_class & 3) ? 0 : find(config, &key, &h, now, &why);
		if (flow && must_be_plain(skb, config, flow, outer)) {
			int dressed = dress_as_vxlan(skb, outer);
			if (dressed != -1)
				return dressed ? failed() : TC_ACT_OK;
		}
		if (flow) {
			int result = carry(skb, config, &key, flow, &h, now, outer->frame, outer->ip);
			if (result != FOR_AGENT)
				return result;
			why = COUNT_UPCALL_UNUSUAL;
		}
	}
	return miss(skb, config, &key, &up, budget_of_destination(key.destination_mac), why);
}

/* ARP and neighbour discovery, which the agent hears by its packet socket on the NIC, as it hears what is sent to groups. */
INLINE int is_neighbor_talk(const u8 *frame, const u8 *end)
{
	u16 type;
	if (frame + 14 + 41 > end)
		return frame + 14 <= end && load16(frame + 12) == swap16(TYPE_ARP);
	type = load16(frame + 12);
	return type == swap16(TYPE_ARP)
		|| (type == swap16(TYPE_IPV6) && frame[20] == PROTO_ICMPV6 && frame[54] >= 133 && frame[54] <= 137);
}

/* A frame on a provider network. What is not for one of our MACs is the host's. */
INLINE int from_wire(struct __sk_buff *skb, const struct config *config, u32 physical)
{
	u16 tag = skb->vlan_present ? (skb->vlan_tci & 0xFFF) : 0;
	struct flow_key key = { .input_kind = INPUT_PHYSICAL, .input_index = physical };
	struct upcall up = { .kind = INPUT_PHYSICAL };
	struct own_mac mac = { .physical = physical, .vlan = tag };
	const u8 *frame = data_of(skb);
	const u8 *end = end_of(skb);
	struct headers h = {};
	u32 why = COUNT_UPCALL_UNUSUAL;
	if (frame + 14 > end)
		return TC_ACT_OK;
	__builtin_memcpy(mac.mac, frame, 6);

	/* A service provider's tag (802.1ad) is no VLAN of ours, whatever its id. */
	if (skb->vlan_present && skb->vlan_proto != swap16(ETH_P_8021Q))
		return TC_ACT_OK;
	if ((frame[0] & 1) || is_neighbor_talk(frame, end)) {
		int result = answer_neighbor(skb, config, INPUT_PHYSICAL, physical, HOST_PORT_MARK);
		return result == TC_ACT_UNSPEC ? TC_ACT_OK : result;
	}
	if (!bpf_map_lookup_elem(&own_macs, &mac))
		return TC_ACT_OK;
	if (!parse_frame(skb, 0, &h, &key)) {
		u64 now = bpf_ktime_get_coarse_ns();
		struct flow *flow;
		key.vlan = skb->vlan_present ? 0x1000 | tag : 0;
		flow = find(config, &key, &h, now, &why);
		if (flow) {
			int result = carry(skb, config, &key, flow, &h, now, 0, 0);
			if (result != FOR_AGENT)
				return result;
			why = COUNT_UPCALL_UNUSUAL;
		}
	}
	return miss(skb, config, &key, &up, budget_of_destination(key.destination_mac), why);
}

SECTION("tc")
int nic(struct __sk_buff *skb)
{
	const struct config *config = configuration();
	u32 ifindex = skb->ifindex;
	const struct input *input;
	struct outer outer = {};
	if (!config || skb->mark == HOST_PORT_MARK)
		return TC_ACT_OK;
	make_linear(skb, OUTER + HEADERS);
	if (ifindex == config->tunnel_ifindex && !skb->vlan_present && !parse_outer(skb, config, &outer))
		return from_tunnel(skb, config, &outer);
	input = bpf_map_lookup_elem(&inputs, &ifindex);
	return input && (input->kinds & NIC_PHYSICAL) ? from_wire(skb, config, input->physical) : TC_ACT_OK;
}

/* The outer source of what a collect-metadata device took off. 0 when it is there. */
INLINE int metadata(struct __sk_buff *skb, const struct config *config, struct upcall *up)
{
	struct bpf_tunnel_key tunnel = {};
	int ipv4 = is_ipv4(&config->tunnel_local);
	if (bpf_skb_get_tunnel_key(skb, &tunnel, sizeof(tunnel), ipv4 ? 0 : BPF_F_TUNINFO_IPV6))
		return -1;
	up->vni = tunnel.tunnel_id;
	up->tos = tunnel.tunnel_tos;
	if (ipv4) {
		up->remote.low = 0xFFFF00000000ull | tunnel.remote_ipv4;
	} else {
		up->remote.high = (u64)swap32(tunnel.remote_ipv6[0]) << 32 | swap32(tunnel.remote_ipv6[1]);
		up->remote.low = (u64)swap32(tunnel.remote_ipv6[2]) << 32 | swap32(tunnel.remote_ipv6[3]);
	}
	return 0;
}

SECTION("tc")
int tunnel(struct __sk_buff *skb)
{
	const struct config *config = configuration();
	struct upcall up = { .kind = INPUT_TUNNEL, .flags = UPCALL_DECAPSULATED };
	struct flow_key key = { .input_kind = INPUT_TUNNEL };
	struct headers h = {};
	const struct peer *peer;
	u32 why = COUNT_UPCALL_UNUSUAL;
	if (!config || metadata(skb, config, &up))
		return TC_ACT_SHOT;
	up.encapsulation = skb->ifindex == config->vxlan_ifindex && skb->mark != DRESSED_MARK ? ENCAP_VXLAN : ENCAP_GENEVE;
	skb->mark = 0;
	key.input_index = up.vni;
	peer = bpf_map_lookup_elem(&peers, &up.remote);
	make_linear(skb, HEADERS);
	if (peer && !skb->vlan_present && !parse_frame(skb, 0, &h, &key)) {
		u64 now = bpf_ktime_get_coarse_ns();
		struct flow *flow;
		key.input_peer = peer->number << 3 | up.encapsulation;
		flow = find(config, &key, &h, now, &why);
		if (flow) {
			int result = carry(skb, config, &key, flow, &h, now, 0, 0);
			if (result != FOR_AGENT)
				return result;
			why = COUNT_UPCALL_UNUSUAL;
		}
	}
	return miss(skb, config, &key, &up, budget_of_destination(key.destination_mac), why);
}
