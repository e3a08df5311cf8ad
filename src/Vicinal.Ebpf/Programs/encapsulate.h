/*
 * Tunnel headers on, in three ways: bpf_skb_adjust_room for ordinary packets; a collect-metadata device, where the kernel has one of the
 * encapsulation, for super-packets and for what adjust_room refuses; else the agent.
 */
#ifndef VICINAL_ENCAPSULATE_H
#define VICINAL_ENCAPSULATE_H

#include "tunnel.h"

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

INLINE u8 outer_protocol(const struct flow_action *action)
{
	return action->encapsulation == ENCAP_GRE ? PROTO_GRE_OUTER : PROTO_UDP_OUTER;
}

INLINE void write_outer_ipv4(u8 *ip, const struct config *config, const struct flow_action *action, u32 length, u8 tos)
{
	store32(ip, swap32(0x45000000u | (u32)tos << 16 | (length > 0xFFFF ? 0 : length)));
	store32(ip + 4, swap32(0x4000)); /* DF */
	store32(ip + 8, swap32(64u << 24 | (u32)outer_protocol(action) << 16));
	store32(ip + 12, swap32((u32)config->tunnel_local.low));
	store32(ip + 16, swap32((u32)action->tunnel_remote.low));
	store16(ip + 10, (u16)~fold(sum_of(ip, 20)));
}

INLINE void write_outer_ipv6(u8 *ip, const struct config *config, const struct flow_action *action, u32 payload, u8 tos)
{
	store32(ip, swap32(6u << 28 | (u32)tos << 20));
	store32(ip + 4, swap32((payload > 0xFFFF ? 0 : payload) << 16 | (u32)outer_protocol(action) << 8 | 64));
	write_address(ip + 8, &config->tunnel_local);
	write_address(ip + 24, &action->tunnel_remote);
}

INLINE void write_tunnel(u8 *header, const struct flow_action *action)
{
	if (action->encapsulation == ENCAP_GRE) {
		store32(header, swap32(GRE_WITH_KEY));
		store32(header + 4, swap32(action->vni));
		return;
	}
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

/* From the frame's start to the inner one's. */
INLINE u32 room_for(const struct flow_action *action, int ipv4)
{
	u32 udp = action->encapsulation == ENCAP_GRE ? 0 : 8;
	return (ipv4 ? 20 : 40) + udp + tunnel_header_size(action) + 14;
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

/*
 * From tunnel to tunnel the outer headers stay and are written anew; an option more or less makes a difference of length. Taken off and put on, they would be
 * refused where the packet has the marks of a tunnel already, as one has that comes by a veth or was joined.
 */
INLINE int change_room(struct __sk_buff *skb, u32 taken, u32 made)
{
	return taken != made && bpf_skb_adjust_room(skb, (int)made - (int)taken, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
}

/* 0: the room is there. The frame is unchanged otherwise, so a refusal may go another way. */
INLINE int make_room(struct __sk_buff *skb, const struct flow_action *action, u32 room, int ipv4)
{
	u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L2_ETH | BPF_F_ADJ_ROOM_ENCAP_L2(14);
	flags |= action->encapsulation == ENCAP_GRE ? BPF_F_ADJ_ROOM_ENCAP_L4_GRE : BPF_F_ADJ_ROOM_ENCAP_L4_UDP;
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
	if (action->encapsulation == ENCAP_GRE) {
		write_tunnel(udp, action);
		return 0;
	}
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

#endif
