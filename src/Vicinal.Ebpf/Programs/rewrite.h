/* What the executor in C# does to headers, byte for byte (Executor.cs). */
#ifndef VICINAL_REWRITE_H
#define VICINAL_REWRITE_H

#include "flow.h"

/* Differences are one's complement sums in host order; the same sum in network order has its bytes swapped (RFC 1071 section 2B). */
INLINE u16 fold(u64 sum)
{
	sum = (sum & 0xFFFFFFFF) + (sum >> 32);
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = (sum & 0xFFFF) + (sum >> 16);
	return (u16)((sum & 0xFFFF) + (sum >> 16));
}

/* RFC 1624 equation 3, on a field in network order. */
INLINE void update_checksum(u8 *field, u16 difference)
{
	store16(field, swap16((u16)~fold((u64)(u16)~swap16(load16(field)) + difference)));
}

INLINE void write_address(u8 *field, const struct address *value)
{
	store64(field, swap64(value->high));
	store64(field + 8, swap64(value->low));
}

INLINE void rewrite_ipv4(u8 *ip, const struct flow_action *action, const struct headers *h)
{
	u64 difference = action->header_difference;
	if (action->ttl_decrement) {
		/* TTL is the high byte of its checksum word; taking n off it is adding the complement of n * 256. */
		difference = fold(difference + (u16)~(action->ttl_decrement << 8));
		ip[8] = h->ttl - action->ttl_decrement;
	}
	update_checksum(ip + 10, (u16)difference);
	if (h->mark_congestion) {
		u16 old = load16(ip);
		ip[1] = h->traffic_class | 3;
		update_checksum(ip + 10, fold((u64)(u16)~swap16(old) + swap16(load16(ip))));
	}
	if (action->rewrites & REWRITE_SOURCE)
		store32(ip + 12, swap32((u32)action->source.low));
	if (action->rewrites & REWRITE_DESTINATION)
		store32(ip + 16, swap32((u32)action->destination.low));
}

/* The sum of the words of `size` bytes as they lie in memory. */
INLINE u64 sum_of(const u8 *bytes, u32 size)
{
	u64 sum = 0;
	u32 i;
#pragma clang loop unroll(full)
	for (i = 0; i < size; i += 4)
		sum += load32(bytes + i);
	return sum;
}

/*
 * A NIC may have summed up the whole packet (CHECKSUM_COMPLETE), and the sum has to follow what is written. Nothing else of a frame shows in it: a
 * change to the IPv4 header is made up for by its checksum, one to the transport header by that of the transport, and helpers look after theirs.
 */
INLINE void rewrite_ipv6(struct __sk_buff *skb, u8 *ip, const struct flow_action *action, const struct headers *h)
{
	u64 before = (u64)load16(ip) + load16(ip + 6);
	u64 after;
	ip[7] = h->ttl - action->ttl_decrement;
	if (h->mark_congestion)
		ip[1] |= 0x30;
	after = (u64)load16(ip) + load16(ip + 6);
	if (action->rewrites & REWRITE_ADDRESSES) {
		before += sum_of(ip + 8, 32);
		if (action->rewrites & REWRITE_SOURCE)
			write_address(ip + 8, &action->source);
		if (action->rewrites & REWRITE_DESTINATION)
			write_address(ip + 24, &action->destination);
		after += sum_of(ip + 8, 32);
	}
	if (before != after)
		bpf_csum_update(skb, (u32)fold(after) + (u16)~fold(before));
}

INLINE int checksum_offset(const struct headers *h)
{
	switch (h->protocol) {
	case PROTO_TCP:
		return 16;
	case PROTO_UDP:
	case PROTO_UDPLITE:
	case PROTO_DCCP:
		return 6;
	case PROTO_ICMPV6:
		return h->ip == 6 ? 2 : -1;
	case PROTO_ICMP:
		return h->ip == 4 ? 2 : -1;
	default:
		return -1;
	}
}

/* The UDP checksum holds no more than the pseudo-header's sum, and a device is to finish it. One that is finished comes to that sum by chance alone. */
INLINE int is_udp_open(const u8 *udp, const u8 *addresses, u8 ip)
{
	u64 sum = (ip == 4 ? sum_of(addresses, 8) : sum_of(addresses, 32)) + load16(udp + 4) + swap16(PROTO_UDP);
	return load16(udp + 6) == fold(sum);
}

/*
 * In a packet of a guest's own tunnel the inner checksum may be open and the outer one finished. The helper below would take the latter for open
 * too, so what is seen to be finished is changed here. A sum of the whole packet follows, as the helper has it.
 */
INLINE void update_finished(struct __sk_buff *skb, u8 *field, const struct flow_action *action)
{
	u16 value = (u16)~fold((u64)(u16)~swap16(load16(field)) + action->transport_difference);
	store16(field, swap16(value ? value : 0xFFFF));
	if (action->pseudo_header_difference)
		bpf_csum_update(skb, (u16)~swap16(action->pseudo_header_difference));
}

/*
 * The transport checksum, by the helper: it alone knows whether the sum is finished, or partial and to be finished by a device, in which case
 * only what the pseudo-header covers may be applied.
 */
INLINE int update_transport(struct __sk_buff *skb, const struct flow_action *action, const struct headers *h, u32 l4)
{
	int offset = checksum_offset(h);
	u64 mangled = h->protocol == PROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
	u16 pseudo = action->pseudo_header_difference;
	/* No difference is not the same as one of all ones: that would make a checksum of all ones its twin, zero. */
	u16 rest = action->transport_difference == pseudo ? 0 : fold((u64)action->transport_difference + (u16)~pseudo);
	if (offset < 0)
		return 0;
	if ((action->rewrites & REWRITE_ADDRESSES) && pseudo
	    && bpf_l4_csum_replace(skb, l4 + offset, 0, swap16(pseudo), BPF_F_PSEUDO_HDR | mangled))
		return -1;
	if ((action->rewrites & (REWRITE_PORTS | REWRITE_ICMP_ID)) && rest
	    && bpf_l4_csum_replace(skb, l4 + offset, 0, swap16(rest), mangled))
		return -1;
	return 0;
}

/*
 * Writes the link, network and transport headers of the frame at `at`. `ether` is written where a tunnel's room was made or taken, since the
 * frame's own Ethernet header is elsewhere then. 0, or the frame is half rewritten and must not go on.
 */
INLINE int rewrite_frame(struct __sk_buff *skb, u32 at, const struct flow_key *key, const struct flow_action *action, const struct headers *h, int ether)
{
	u8 *end = end_of(skb);
	u8 *frame;
	u16 rewrites = action->rewrites;
	u32 header = h->ip == 6 ? 40 : 20;
	int finished = 0;
	bound(at);
	frame = data_of(skb) + at;
	if (frame + 14 > end)
		return -1;
	if (ether || (rewrites & (REWRITE_DMAC | REWRITE_SMAC))) {
		if (rewrites & REWRITE_DMAC)
			copy_mac(frame, action->destination_mac);
		else
			copy_mac(frame, key->destination_mac);
		if (rewrites & REWRITE_SMAC)
			copy_mac(frame + 6, action->source_mac);
		else
			copy_mac(frame + 6, key->source_mac);
		store16(frame + 12, swap16(key->ether_type));
	}
	if (!h->ip)
		return 0;
	if (h->protocol == PROTO_UDP) {
		u8 *udp = frame + 14 + header;
		if (udp + 8 > end)
			return -1;
		finished = load16(udp + 6) && !is_udp_open(udp, h->ip == 4 ? frame + 26 : frame + 22, h->ip);
	}
	if (h->ip == 4) {
		if (frame + 14 + 20 > end)
			return -1;
		rewrite_ipv4(frame + 14, action, h);
	} else {
		if (frame + 14 + 40 > end)
			return -1;
		rewrite_ipv6(skb, frame + 14, action, h);
	}
	if (!(rewrites & (REWRITE_ADDRESSES | REWRITE_PORTS | REWRITE_ICMP_ID)))
		return 0;
	if (rewrites & (REWRITE_PORTS | REWRITE_ICMP_ID)) {
		u8 *l4 = frame + 14 + header;
		if (l4 + 8 > end)
			return -1;
		if (rewrites & REWRITE_SPORT)
			store16(l4, swap16(action->source_port));
		if (rewrites & REWRITE_DPORT)
			store16(l4 + 2, swap16(action->destination_port));
		if (rewrites & REWRITE_ICMP_ID)
			store16(l4 + 4, swap16(action->source_port));
	}
	if (finished) {
		u8 *udp = frame + 14 + header;
		if (udp + 8 > end)
			return -1;
		update_finished(skb, udp + 6, action);
		return 0;
	}
	return update_transport(skb, action, h, at + 14 + header);
}

INLINE int rewrite_vlan(struct __sk_buff *skb, const struct flow_action *action)
{
	u16 tci = (u16)skb->vlan_tci;
	if (action->rewrites & REWRITE_VLAN_PUSH)
		return bpf_skb_vlan_push(skb, swap16(ETH_P_8021Q), action->vlan_id);
	if (action->rewrites & REWRITE_VLAN_POP)
		return bpf_skb_vlan_pop(skb);
	if (action->rewrites & REWRITE_VLAN_SET)
		return bpf_skb_vlan_pop(skb) || bpf_skb_vlan_push(skb, swap16(ETH_P_8021Q), (tci & 0xF000) | action->vlan_id);
	return 0;
}

#endif
