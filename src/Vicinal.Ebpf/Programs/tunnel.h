/*
 * Tunnel headers on and off. Three ways on: bpf_skb_adjust_room for ordinary packets; a collect-metadata device, where the kernel has one of the
 * encapsulation, for super-packets and for what adjust_room refuses; else the agent.
 */
#ifndef VICINAL_TUNNEL_H
#define VICINAL_TUNNEL_H

#include "rewrite.h"

#define GENEVE_PORT 6081
#define VXLAN_PORT 4789
#define PROTO_UDP_OUTER 17

/* Of a Geneve packet that comes out of the VXLAN device. */
#define DRESSED_MARK 0x56494347

/* Our Geneve option: class 0x0102, type 0x80 (critical), one word of data. */
#define PORT_KEY_OPTION 0x01028001

/* The longest outer headers: Ethernet, IPv6, UDP, Geneve with one option, inner Ethernet. */
#define OUTER (14 + 40 + 8 + 16)

INLINE int is_ipv4(const struct address *address)
{
	return address->high == 0 && address->low >> 32 == 0xFFFF;
}

INLINE u32 tunnel_device(const struct config *config, u8 encapsulation)
{
	return encapsulation == ENCAP_VXLAN ? config->vxlan_ifindex : config->geneve_ifindex;
}

/*
 * The source port is the flow's, and where a collect-metadata device takes part of the flow, the one that it chooses. To be asked for while the packet is
 * as it came: its hash is kept from then on, for the device too.
 */
INLINE u16 source_port(struct __sk_buff *skb, const struct config *config, const struct flow_action *action)
{
	u32 hash;
	if (!tunnel_device(config, action->encapsulation))
		return action->tunnel_source_port;
	hash = bpf_get_hash_recalc(skb);
	hash ^= hash << 16;
	return (u16)((((u64)hash * (u16)(config->tunnel_port_high - config->tunnel_port_low)) >> 32) + config->tunnel_port_low);
}

INLINE void write_outer_ipv4(u8 *ip, const struct config *config, const struct flow_action *action, u32 length, u8 tos)
{
	store32(ip, swap32(0x45000000u | (u32)tos << 16 | (length > 0xFFFF ? 0 : length)));
	store32(ip + 4, swap32(0x4000)); /* DF */
	store32(ip + 8, swap32(64u << 24 | PROTO_UDP_OUTER << 16));
	store32(ip + 12, swap32((u32)config->tunnel_local.low));
	store32(ip + 16, swap32((u32)action->tunnel_remote.low));
	store16(ip + 10, (u16)~fold(sum_of(ip, 20)));
}

INLINE void write_outer_ipv6(u8 *ip, const struct config *config, const struct flow_action *action, u32 payload, u8 tos)
{
	store32(ip, swap32(6u << 28 | (u32)tos << 20));
	store32(ip + 4, swap32((payload > 0xFFFF ? 0 : payload) << 16 | PROTO_UDP_OUTER << 8 | 64));
	write_address(ip + 8, &config->tunnel_local);
	write_address(ip + 24, &action->tunnel_remote);
}

INLINE void write_tunnel(u8 *header, const struct flow_action *action)
{
	if (action->encapsulation == ENCAP_VXLAN) {
		store32(header, swap32(0x08000000));
		store32(header + 4, swap32(action->vni << 8));
		return;
	}
	if (!(action->rewrites & REWRITE_PORT_KEYS)) {
		store32(header, swap32(0x6558));
		store32(header + 4, swap32(action->vni << 8));
		return;
	}
	store32(header, swap32(0x02406558));
	store32(header + 4, swap32(action->vni << 8));
	store32(header + 8, swap32(PORT_KEY_OPTION));
	store32(header + 12, swap32(action->port_keys & 0x7FFFFFFF));
}

INLINE u32 tunnel_header_size(const struct flow_action *action)
{
	return action->encapsulation == ENCAP_GENEVE && (action->rewrites & REWRITE_PORT_KEYS) ? 16 : 8;
}

INLINE void write_words(u32 *words, const struct address *value)
{
	words[0] = swap32((u32)(value->high >> 32));
	words[1] = swap32((u32)value->high);
	words[2] = swap32((u32)(value->low >> 32));
	words[3] = swap32((u32)value->low);
}

/* A far end on the tunnel NIC's own prefix is its own next hop; to others the kernel looks the way up, as routes change without the agent. */
INLINE int redirect_outer(const struct config *config, const struct flow_action *action)
{
	const struct address *remote = &action->tunnel_remote;
	struct bpf_redir_neigh way = {};
	if (!(config->on_link.high | config->on_link.low) || ((remote->high ^ config->tunnel_local.high) & config->on_link.high)
	    || ((remote->low ^ config->tunnel_local.low) & config->on_link.low))
		return bpf_redirect_neigh(config->tunnel_ifindex, 0, 0, 0);
	if (is_ipv4(remote)) {
		way.nh_family = 2; /* AF_INET */
		way.ipv4_nh = swap32((u32)remote->low);
	} else {
		way.nh_family = 10; /* AF_INET6 */
		write_words(way.ipv6_nh, remote);
	}
	return bpf_redirect_neigh(config->tunnel_ifindex, &way, sizeof(way), 0);
}

/* 0: the room is there. The frame is unchanged otherwise, so a refusal may go another way. */
INLINE int make_room(struct __sk_buff *skb, u32 room, int ipv4)
{
	u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_ENCAP_L2_ETH | BPF_F_ADJ_ROOM_ENCAP_L2(14);
	flags |= ipv4 ? BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 : BPF_F_ADJ_ROOM_ENCAP_L3_IPV6;
	return bpf_skb_adjust_room(skb, room, BPF_ADJ_ROOM_MAC, flags) != 0;
}

/* Writes what is outside of the inner frame, into the room that was made. */
INLINE int write_outer(struct __sk_buff *skb, const struct config *config, const struct flow_action *action, const struct headers *h, int ipv4, u16 port)
{
	u32 ip_size = ipv4 ? 20 : 40;
	u8 *frame = data_of(skb);
	u8 *end = end_of(skb);
	u8 tos = h->mark_congestion ? h->traffic_class | 3 : h->traffic_class;
	u32 length = skb->len - 14;
	u8 *udp = frame + 14 + ip_size;
	if (frame + 14 + 40 > end || udp + 8 + 16 > end)
		return -1;
	if (ipv4)
		write_outer_ipv4(frame + 14, config, action, length, tos);
	else
		write_outer_ipv6(frame + 14, config, action, length - ip_size, tos);
	store16(frame + 12, swap16(ipv4 ? TYPE_IPV4 : TYPE_IPV6));
	length -= ip_size;
	store16(udp, swap16(port));
	store16(udp + 2, swap16(action->encapsulation == ENCAP_VXLAN ? VXLAN_PORT : GENEVE_PORT));
	store32(udp + 4, swap32((length > 0xFFFF ? 0 : length) << 16));
	write_tunnel(udp + 8, action);
	return 0;
}

/* The device puts the headers on; super-packets stay whole through it. */
INLINE int redirect_device(struct __sk_buff *skb, const struct config *config, const struct flow_action *action, const struct headers *h, int ipv4)
{
	struct bpf_tunnel_key tunnel = {};
	u64 flags = BPF_F_ZERO_CSUM_TX | BPF_F_DONT_FRAGMENT;
	tunnel.tunnel_id = action->vni;
	tunnel.tunnel_ttl = 64;
	tunnel.tunnel_tos = h->traffic_class;
	if (ipv4) {
		tunnel.remote_ipv4 = (u32)action->tunnel_remote.low;
		tunnel.local_ipv4 = (u32)config->tunnel_local.low;
	} else {
		flags |= BPF_F_TUNINFO_IPV6;
		write_words(tunnel.remote_ipv6, &action->tunnel_remote);
		write_words(tunnel.local_ipv6, &config->tunnel_local);
	}
	if (bpf_skb_set_tunnel_key(skb, &tunnel, sizeof(tunnel), flags))
		return -1;
	if (tunnel_header_size(action) == 16) {
		u32 option[2] = { swap32(PORT_KEY_OPTION), swap32(action->port_keys & 0x7FFFFFFF) };
		if (bpf_skb_set_tunnel_opt(skb, option, sizeof(option)))
			return -1;
	}
	count(COUNT_DEVICE);
	return bpf_redirect(tunnel_device(config, action->encapsulation), 0);
}

/* A packet that came by the tunnel NIC. */
struct outer {
	struct address source;
	u32 tunnel; /* offset of the tunnel header */
	u32 frame;  /* offset of the inner frame; 0 when only the agent may read the tunnel header */
	u32 vni;
	u8 tos;
	u8 encapsulation;
	u8 ip;
};

INLINE void parse_tunnel(const u8 *header, const u8 *end, struct outer *outer)
{
	u32 first;
	if (header + 16 > end)
		return;
	first = swap32(load32(header));
	if (outer->encapsulation == ENCAP_VXLAN && (first & 0x08000000))
		outer->frame = outer->tunnel + 8;
	else if (outer->encapsulation == ENCAP_GENEVE && (first == 0x00006558))
		outer->frame = outer->tunnel + 8;
	else if (outer->encapsulation == ENCAP_GENEVE && (first & ~0x00400000u) == 0x02006558 && swap32(load32(header + 8)) == PORT_KEY_OPTION)
		outer->frame = outer->tunnel + 16;
	outer->vni = swap32(load32(header + 4)) >> 8;
}

/* 0: a tunnel packet for this node. Without options in the outer header, and no fragment: others are the host's to sort out. */
INLINE int parse_outer(struct __sk_buff *skb, const struct config *config, struct outer *outer)
{
	const u8 *frame = data_of(skb);
	const u8 *end = end_of(skb);
	const u8 *udp;
	u32 length;
	u16 port;
	if (frame + 14 + 20 > end)
		return -1;
	if (load16(frame + 12) == swap16(TYPE_IPV4)) {
		if (frame[14] != 0x45 || frame[23] != PROTO_UDP_OUTER || (load16(frame + 20) & swap16(0x3FFF))
		    || config->tunnel_local.high || config->tunnel_local.low != (0xFFFF00000000ull | swap32(load32(frame + 30)))
		    || !is_ipv4_checksum_right(frame + 14))
			return -1;
		length = swap16(load16(frame + 16));
		outer->ip = 4;
		outer->source.high = 0;
		outer->source.low = 0xFFFF00000000ull | swap32(load32(frame + 26));
		outer->tos = frame[15];
		udp = frame + 34;
		outer->tunnel = 42;
	} else if (load16(frame + 12) == swap16(TYPE_IPV6)) {
		if (frame + 54 > end || frame[20] != PROTO_UDP_OUTER || swap64(load64(frame + 38)) != config->tunnel_local.high
		    || swap64(load64(frame + 46)) != config->tunnel_local.low)
			return -1;
		length = 40 + swap16(load16(frame + 18));
		outer->ip = 6;
		outer->source.high = swap64(load64(frame + 22));
		outer->source.low = swap64(load64(frame + 30));
		outer->tos = (u8)(swap16(load16(frame + 14)) >> 4);
		udp = frame + 54;
		outer->tunnel = 62;
	} else {
		return -1;
	}
	if (udp + 8 > end)
		return -1;
	port = load16(udp + 2);
	if (port == swap16(GENEVE_PORT))
		outer->encapsulation = ENCAP_GENEVE;
	else if (port == swap16(VXLAN_PORT))
		outer->encapsulation = ENCAP_VXLAN;
	else
		return -1;
	parse_tunnel(udp + 8, end, outer);

	/* Headers that do not agree on where the packet ends are for the agent; those of a super-packet need not. */
	if (!skb->gso_size && (length != skb->len - 14 || length != outer->tunnel - 22u + swap16(load16(udp + 4))))
		outer->frame = 0;

	/* A checksum that is to be finished: without the outer headers there is nothing to finish, and who gets the packet would be told to. */
	if (load16(udp + 6) && is_udp_open(udp, outer->ip == 4 ? frame + 26 : frame + 22, outer->ip))
		outer->frame = 0;
	return 0;
}

/* BPF_F_ADJ_ROOM_DECAP_L3_IPV4 and _IPV6, of kernel 6.3 and newer. An older one refuses them, and the agent has the packet. */
#define DECAP_L3_IPV4 (1ull << 7)
#define DECAP_L3_IPV6 (1ull << 8)

/* Takes the outer headers off. The frame's Ethernet header is then the outer one, and to be written anew. */
INLINE int take_room(struct __sk_buff *skb, u32 room, u8 outer_ip, u8 inner_ip)
{
	u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO;
	if (outer_ip != inner_ip)
		flags |= inner_ip == 4 ? DECAP_L3_IPV4 : DECAP_L3_IPV6;
	return bpf_skb_adjust_room(skb, -(int)room, BPF_ADJ_ROOM_MAC, flags) != 0;
}

/* Takes the option out of a Geneve packet whose outer headers, `size` bytes of IP and UDP, have been changed, and makes the header VXLAN's. */
INLINE int put_dressed(struct __sk_buff *skb, const struct outer *outer, const void *headers, u32 size, u32 options)
{
	u64 vxlan = swap64(0x0800000000000000ull | (u64)outer->vni << 8);
	if (options && bpf_skb_adjust_room(skb, -(int)options, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO))
		return -1;
	if (bpf_skb_store_bytes(skb, 14, headers, size, 0) || bpf_skb_store_bytes(skb, 14 + size, &vxlan, 8, 0))
		return -2;
	skb->mark = DRESSED_MARK;
	return 0;
}

/* Without a length it is longer than a length can say; with a checksum, that would have to be made anew: such are left as they are. */
INLINE int dress_ipv4(struct __sk_buff *skb, const struct outer *outer, u32 options)
{
	u32 ip[7] = {};
	u8 *bytes = (u8 *)ip;
	u16 length;
	if (bpf_skb_load_bytes(skb, 14, ip, 28))
		return -1;
	length = swap16(load16(bytes + 2));
	if (!length || load16(bytes + 26))
		return -1;
	length -= options;
	store16(bytes + 2, swap16(length));
	store16(bytes + 10, 0);
	store16(bytes + 10, (u16)~fold((u64)ip[0] + ip[1] + ip[2] + ip[3] + ip[4]));
	store16(bytes + 22, swap16(VXLAN_PORT));
	store16(bytes + 24, swap16(length - 20));
	return put_dressed(skb, outer, ip, 28, options);
}

INLINE int dress_ipv6(struct __sk_buff *skb, const struct outer *outer, u32 options)
{
	u32 ip[12] = {};
	u8 *bytes = (u8 *)ip;
	u16 length;
	if (bpf_skb_load_bytes(skb, 14, ip, 48))
		return -1;
	length = swap16(load16(bytes + 4));
	if (!length || load16(bytes + 46))
		return -1;
	length -= options;
	store16(bytes + 4, swap16(length));
	store16(bytes + 42, swap16(VXLAN_PORT));
	store16(bytes + 44, swap16(length));
	return put_dressed(skb, outer, ip, 48, options);
}

/*
 * A Geneve super-packet for where it must be whole and plain, on a kernel without Geneve devices: taken apart by adjust_room it would keep the
 * marks of a tunnel, and taps and NICs would have it cut in software. So it is dressed as VXLAN, whose device takes headers and marks off; the skb's mark
 * tells the program behind it what it was. 0 when it is; -1, and it is as it came; -2, and it is neither.
 */
INLINE int dress_as_vxlan(struct __sk_buff *skb, const struct outer *outer)
{
	u32 options = outer->frame - outer->tunnel - 8;
	return outer->ip == 4 ? dress_ipv4(skb, outer, options) : dress_ipv6(skb, outer, options);
}

#endif
