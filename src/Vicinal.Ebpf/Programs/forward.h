/* Replays an entry: the frame leaves by the entry's one output. */
#ifndef VICINAL_FORWARD_H
#define VICINAL_FORWARD_H

#include "decapsulate.h"
#include "encapsulate.h"
#include "upcall.h"

/* The host port's mark: what we send on a shared NIC is not the host's. */
#define HOST_PORT_MARK 0x56494349

/* Not a verdict of tc: the packet is as it came, and is for the agent. */
#define FOR_AGENT -100

/*
 * To a port: out of its host side, where tcpdump sees the packet; or by option straight to the other end of a veth, which for its own stack
 * must then be a packet to the host, as it is not on the interface that it came in by.
 */
INLINE int send_to_port(struct __sk_buff *skb, const struct config *config, u32 ifindex)
{
	if (config->peer_delivery) {
		const struct input *to = bpf_map_lookup_elem(&inputs, &ifindex);
		if (to && (to->kinds & HAS_PEER)) {
			bpf_skb_change_type(skb, 0 /* PACKET_HOST */);
			return bpf_redirect_peer(ifindex, 0);
		}
	}
	return bpf_redirect(ifindex, 0);
}

/* The frame, rewritten and plain, to a port or a NIC. */
INLINE int send_plain(struct __sk_buff *skb, const struct config *config, const struct flow_action *action)
{
	u32 output = action->output_index;
	u32 *nic;
	if (rewrite_vlan(skb, action))
		return -1;
	if (action->output_kind == OUTPUT_PORT)
		return send_to_port(skb, config, output);
	nic = bpf_map_lookup_elem(&physicals, &output);
	if (!nic)
		return -1;
	skb->mark = HOST_PORT_MARK;
	return bpf_redirect(*nic, 0);
}

INLINE int failed(void)
{
	count(COUNT_FAILED);
	return TC_ACT_SHOT;
}

/* An output that the programs do not have, such as the host or a tunnel of another encapsulation, is the agent's. */
INLINE int is_known(const struct flow_action *action)
{
	if (action->output_kind == OUTPUT_TUNNEL)
		return action->encapsulation >= ENCAP_GENEVE && action->encapsulation <= ENCAP_GRE;
	return action->output_kind == OUTPUT_PORT || action->output_kind == OUTPUT_PHYSICAL;
}

/* The entry for the key, if it may carry the packet; else 0 and in `why` the counter that says why not. */
INLINE struct flow *find(const struct config *config, const struct flow_key *key, const struct headers *h, u64 now, u32 *why)
{
	struct flow *flow = bpf_map_lookup_elem(&flows, key);
	*why = COUNT_UPCALL_NEW;
	if (!flow)
		return 0;
	*why = COUNT_UPCALL_STALE;
	if (!is_fresh(config, &flow->action, now))
		return 0;
	*why = COUNT_UPCALL_REFUSED;
	return admits(&flow->action, h) ? flow : 0;
}

/*
 * A guest says itself where in its frame a device is to write the checksum, and may point at what was judged: its source address, say, which would be
 * another one when the frame leaves the node. No program sees where; but a checksum that is still to be written does not move when another field of the
 * packet is changed, and the kernel lets no packet end in front of it. 0 when it is finished, or stands where the protocol has it; FOR_AGENT when
 * the protocol is none that has one; 1, and the packet is cut off, when it is a forgery.
 */
INLINE int is_checksum_astray(struct __sk_buff *skb, const struct headers *h)
{
	int offset = checksum_offset(h);
	u8 *field = data_of(skb) + 14 + 4; /* any two bytes that a checksum helper may change, and that are put back */
	u16 value;
	if (field + 2 > end_of(skb))
		return FOR_AGENT;
	value = load16(field);
	if (bpf_l4_csum_replace(skb, 14 + 4, 0, 1, 0))
		return FOR_AGENT;
	field = data_of(skb) + 14 + 4;
	if (field + 2 > end_of(skb))
		return 1;
	if (load16(field) != value) {
		store16(field, value);
		return 0;
	}
	if (offset < 0)
		return FOR_AGENT;
	return !bpf_skb_change_tail(skb, h->l4 + offset + 1, 0);
}

/*
 * Carries the frame by its entry, from one tunnel into another too, as a router does that is not distributed. `taken` says how many bytes of outer headers
 * stand in front of it, `outer_ip` of which family; 0 for a plain frame.
 */
INLINE int carry(struct __sk_buff *skb, const struct config *config, const struct flow_key *key, struct flow *flow, const struct headers *h,
		 u64 now, u32 taken, u8 outer_ip)
{
	const struct flow_action *action = &flow->action;
	u32 device = tunnel_device(config, action->encapsulation);
	int ipv4 = is_ipv4(&action->tunnel_remote);
	int to_tunnel = action->output_kind == OUTPUT_TUNNEL;
	int transit = taken && to_tunnel;
	int by_device = to_tunnel && h->gso_size && device && !transit;
	u32 made = 0;
	u16 port = 0;
	int result;

	/*
	 * Super-packets of UDP, and of all but TCP, pass a tunnel through a device or in pieces: adjust_room puts the mark of a tunnel on them and does not take it off,
	 * and whoever cuts them later would look for tunnel headers that are not there. GRE has no device here, and not every kernel can cut what is in it.
	 */
	int device_only = h->gso_size && (key->protocol != PROTO_TCP || (to_tunnel && action->encapsulation == ENCAP_GRE));
	if (action->output_kind == OUTPUT_DROP) {
		note_use(flow, h, now);
		count(COUNT_DROPPED);
		return TC_ACT_SHOT;
	}
	if (key->input_kind == INPUT_PORT && action->output_kind != OUTPUT_PORT && h->ip) {
		int astray = is_checksum_astray(skb, h);
		if (astray)
			return astray == FOR_AGENT ? FOR_AGENT : failed();
	}
	if (!is_known(action) || (taken && device_only))
		return FOR_AGENT;
	if (to_tunnel)
		port = source_port(skb, config, action);
	if (transit) {
		made = room_for(action, ipv4);
		if (ipv4 != (outer_ip == 4) || change_room(skb, taken, made))
			return FOR_AGENT;
	} else if (taken && take_room(skb, taken, outer_ip, h->ip)) {
		return FOR_AGENT;
	}
	if (to_tunnel && !by_device && !transit) {
		made = room_for(action, ipv4);
		if (device_only || make_room(skb, action, made, ipv4)) {
			if (!device)
				return FOR_AGENT;
			by_device = 1;
			made = 0;
		}
	}
	note_use(flow, h, now);
	count(COUNT_FORWARDED);
	if (made && write_outer(skb, config, action, h, ipv4, port))
		return failed();
	if (rewrite_frame(skb, made, key, action, h, made || taken))
		return failed();
	if (!to_tunnel)
		result = send_plain(skb, config, action);
	else
		result = by_device ? redirect_device(skb, config, action, h, ipv4) : redirect_outer(config, action);
	return result < 0 ? failed() : result;
}

/* Up to the agent, which decides or decides again; of a flow whose decision is under way only so many packets go up. */
INLINE int miss(struct __sk_buff *skb, const struct config *config, const struct flow_key *key, struct upcall *up, u32 budget, u32 why)
{
	if ((why == COUNT_UPCALL_NEW || why == COUNT_UPCALL_STALE) && is_pending_too_long(config, key, bpf_ktime_get_ns())) {
		count(COUNT_LIMITED_FLOW);
		return TC_ACT_SHOT;
	}
	return upcall(skb, config, up, budget, why);
}

#endif
