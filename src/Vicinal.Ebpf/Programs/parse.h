/*
 * From a frame to its flow key, as PacketHeaders.Parse and FlowKey.TryFrom do it. Whatever is not plain has no key and goes to the
 * agent, which judges it with all care: nothing is dropped here for being odd.
 */
#ifndef VICINAL_PARSE_H
#define VICINAL_PARSE_H

#include "layout.h"

#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86DD
#define TYPE_ARP 0x0806

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_DCCP 33
#define PROTO_ICMPV6 58
#define PROTO_SCTP 132
#define PROTO_UDPLITE 136

/* The longest plain headers: Ethernet, IPv6, TCP without options. */
#define HEADERS (14 + 40 + 20)

struct headers {
	u32 l3;        /* offset of the network header in the frame */
	u32 l4;
	u32 l3_length; /* by the packet's own length field */
	u32 header_length; /* network and transport header together */
	u32 gso_size; /* payload bytes of each segment of a super-packet, else 0 */
	u8 ip;  /* 0, 4 or 6 */
	u8 protocol;
	u8 ttl;
	u8 traffic_class;
	u8 tcp_flags;
	u8 mark_congestion; /* the underlay marked the outer header (RFC 6040) */
};

INLINE int has_ports(u8 protocol)
{
	return protocol == PROTO_TCP || protocol == PROTO_UDP || protocol == PROTO_SCTP || protocol == PROTO_DCCP || protocol == PROTO_UDPLITE;
}

/* The sum of a header of 20 bytes is right when it folds to all ones (RFC 1071). */
INLINE int is_ipv4_checksum_right(const u8 *ip)
{
	u64 sum = (u64)load32(ip) + load32(ip + 4) + load32(ip + 8) + load32(ip + 12) + load32(ip + 16);
	sum = (sum & 0xFFFFFFFF) + (sum >> 32);
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = (sum & 0xFFFF) + (sum >> 16);
	return sum == 0xFFFF;
}

INLINE int is_query(u8 ip, u8 type)
{
	return ip == 4 ? type == 0 || type == 8 || (type >= 13 && type <= 18) : type == 128 || type == 129;
}

/* The transport header of `length` bytes to the packet's end. 0 when it is plain. */
INLINE int parse_transport(const u8 *l4, const u8 *end, u32 length, struct headers *h, struct flow_key *key)
{
	if (h->protocol == PROTO_TCP) {
		u32 size;
		if (length < 20 || l4 + 20 > end)
			return -1;
		size = (l4[12] >> 4) << 2;
		if (size < 20 || size > length)
			return -1;
		h->tcp_flags = l4[13];
		h->header_length += size;
	} else if (h->protocol == (h->ip == 4 ? PROTO_ICMP : PROTO_ICMPV6)) {
		if (length < 8 || l4 + 8 > end || !is_query(h->ip, l4[0]))
			return -1;
		key->source_port = swap16(load16(l4 + 4));
		key->destination_port = (u16)(l4[0] << 8 | l4[1]);
		h->header_length += 8;
		return 0;
	} else if (has_ports(h->protocol)) {
		u32 size = h->protocol == PROTO_SCTP || h->protocol == PROTO_DCCP ? 12 : 8;
		if (length < size || l4 + 8 > end)
			return -1;
		if (h->protocol == PROTO_UDP) {
			u32 own = swap16(load16(l4 + 4));
			if (own < 8 || own > length)
				return -1;
		}
		h->header_length += size;
	} else {
		return 0;
	}
	key->source_port = swap16(load16(l4));
	key->destination_port = swap16(load16(l4 + 2));
	return 0;
}

INLINE int parse_ipv4(const u8 *ip, const u8 *end, u32 available, struct headers *h, struct flow_key *key)
{
	if (ip + 20 > end || ip[0] != 0x45 || (load16(ip + 6) & swap16(0x3FFF)) || !is_ipv4_checksum_right(ip))
		return -1;
	h->ip = 4;
	h->l3_length = swap16(load16(ip + 2));
	if (h->l3_length < 20 || h->l3_length > available)
		return -1;
	h->traffic_class = ip[1];
	h->ttl = ip[8];
	h->protocol = key->protocol = ip[9];
	h->l4 = h->l3 + 20;
	h->header_length = 20;
	key->source.low = 0xFFFF00000000ull | swap32(load32(ip + 12));
	key->destination.low = 0xFFFF00000000ull | swap32(load32(ip + 16));
	return parse_transport(ip + 20, end, h->l3_length - 20, h, key);
}

INLINE int parse_ipv6(const u8 *ip, const u8 *end, u32 available, struct headers *h, struct flow_key *key)
{
	u64 first;
	if (ip + 40 > end)
		return -1;
	first = swap64(load64(ip));
	h->ip = 6;
	h->l3_length = 40 + (u16)(first >> 16);
	h->protocol = key->protocol = (u8)(first >> 8);
	/* Extension headers: hop by hop, routing, fragment, destination options. */
	if (first >> 60 != 6 || h->l3_length > available || h->protocol == 0 || h->protocol == 43 || h->protocol == 44 || h->protocol == 60)
		return -1;
	h->traffic_class = (u8)(first >> 52);
	h->ttl = (u8)first;
	h->l4 = h->l3 + 40;
	h->header_length = 40;
	key->source.high = swap64(load64(ip + 8));
	key->source.low = swap64(load64(ip + 16));
	key->destination.high = swap64(load64(ip + 24));
	key->destination.low = swap64(load64(ip + 32));
	return parse_transport(ip + 40, end, h->l3_length - 40, h, key);
}

/*
 * Reads the frame at `at` (0, or behind a tunnel's headers). The key's input is the caller's to fill in. 0 when the frame has a key.
 */
INLINE int parse_frame(struct __sk_buff *skb, u32 at, struct headers *h, struct flow_key *key)
{
	const u8 *end = end_of(skb);
	const u8 *frame;
	u32 available = skb->len - at - 14;
	bound(at);
	frame = data_of(skb) + at;
	if (frame + 14 > end)
		return -1;
	store64(key->destination_mac, load64(frame)); /* both MACs, which lie side by side here and there */
	store32(key->source_mac + 2, load32(frame + 8));
	key->ether_type = swap16(load16(frame + 12));
	h->l3 = at + 14;
	h->gso_size = skb->gso_size;
	if (frame[6] & 1)
		return -1;
	if (key->ether_type == TYPE_IPV4)
		return parse_ipv4(frame + 14, end, available, h, key);
	if (key->ether_type == TYPE_IPV6)
		return parse_ipv6(frame + 14, end, available, h, key);
	h->l3_length = available;
	return key->ether_type == TYPE_ARP ? -1 : 0;
}

/* Headers that a driver left in page fragments are brought into the linear part, where programs can read them. */
INLINE void make_linear(struct __sk_buff *skb, u32 length)
{
	if (data_of(skb) + length > end_of(skb))
		bpf_skb_pull_data(skb, length < skb->len ? length : skb->len);
}

#endif
