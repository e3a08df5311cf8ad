/* Tunnel headers off: by bpf_skb_adjust_room, or by a collect-metadata device where a super-packet must come out of it whole and plain. */
#ifndef VICINAL_DECAPSULATE_H
#define VICINAL_DECAPSULATE_H

#include "tunnel.h"

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

/*
 * 0: GRE of a network. What has no key or no Ethernet in it is the host's own. What the kernel joined on its way in is for the agent: a super-packet taken out of
 * GRE would keep marks that not every kernel can cut by.
 */
INLINE int parse_gre(struct __sk_buff *skb, const u8 *header, const u8 *end, u32 length, struct outer *outer)
{
	u32 first;
	if (header + 8 > end)
		return -1;
	first = swap32(load32(header));
	if ((first & GRE_WITH_KEY) != GRE_WITH_KEY || (first & 0xFFFF) != 0x6558)
		return -1;
	outer->encapsulation = ENCAP_GRE;
	outer->vni = swap32(load32(header + 4));
	if (first == GRE_WITH_KEY && !skb->gso_size && length == skb->len - 14)
		outer->frame = outer->tunnel + 8;
	return 0;
}

/* 0: a tunnel packet for this node. Without options in the outer header, and no fragment: others are the host's to sort out. */
INLINE int parse_outer(struct __sk_buff *skb, const struct config *config, struct outer *outer)
{
	const u8 *frame = data_of(skb);
	const u8 *end = end_of(skb);
	const u8 *udp;
	u32 length;
	u16 port;
	u8 protocol;
	if (frame + 14 + 20 > end)
		return -1;
	if (load16(frame + 12) == swap16(TYPE_IPV4)) {
		protocol = frame[23];
		if (frame[14] != 0x45 || (load16(frame + 20) & swap16(0x3FFF))
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
		if (frame + 54 > end || swap64(load64(frame + 38)) != config->tunnel_local.high
		    || swap64(load64(frame + 46)) != config->tunnel_local.low)
			return -1;
		protocol = frame[20];
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
	if (protocol == PROTO_GRE_OUTER && config->has_gre) {
		outer->tunnel -= 8;
		return parse_gre(skb, udp, end, length, outer);
	}
	if (protocol != PROTO_UDP_OUTER || udp + 8 > end)
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
