/* What both ends of a tunnel have in common. */
#ifndef VICINAL_TUNNEL_H
#define VICINAL_TUNNEL_H

#include "rewrite.h"

#define GENEVE_PORT 6081
#define VXLAN_PORT 4789
#define PROTO_UDP_OUTER 17
#define PROTO_GRE_OUTER 47

/* The first word of GRE with a key and nothing else that is optional, around Ethernet (RFC 2890). */
#define GRE_WITH_KEY 0x20006558

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

/* 0 where the kernel has none of the encapsulation. */
INLINE u32 tunnel_device(const struct config *config, u8 encapsulation)
{
	if (encapsulation == ENCAP_GRE)
		return 0;
	return encapsulation == ENCAP_VXLAN ? config->vxlan_ifindex : config->geneve_ifindex;
}

#endif
