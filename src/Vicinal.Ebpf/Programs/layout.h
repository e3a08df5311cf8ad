/*
 * What the programs share with the agent. Every struct has its twin in C# (Layout/, and FlowKey and FlowAction of the data path), and a
 * test compares offsets on both sides. Changing one means a new LAYOUT_VERSION: the agent then starts with new maps and flushes the old.
 */
#ifndef VICINAL_LAYOUT_H
#define VICINAL_LAYOUT_H

#include "kernel.h"

#define LAYOUT_VERSION 3

/* FlowInputKind */
#define INPUT_PORT 1
#define INPUT_TUNNEL 2
#define INPUT_PHYSICAL 3

/* FlowOutputKind */
#define OUTPUT_DROP 0
#define OUTPUT_PORT 1
#define OUTPUT_TUNNEL 2
#define OUTPUT_PHYSICAL 3

/* Encapsulation */
#define ENCAP_GENEVE 1
#define ENCAP_VXLAN 2
#define ENCAP_GRE 3

/* Rewrite */
#define REWRITE_DMAC 1
#define REWRITE_SMAC 2
#define REWRITE_SOURCE 4
#define REWRITE_DESTINATION 8
#define REWRITE_SPORT 16
#define REWRITE_DPORT 32
#define REWRITE_ICMP_ID 64
#define REWRITE_VLAN_PUSH 128
#define REWRITE_VLAN_POP 256
#define REWRITE_VLAN_SET 512
#define REWRITE_PORT_KEYS 1024
#define REWRITE_ADDRESSES (REWRITE_SOURCE | REWRITE_DESTINATION)
#define REWRITE_PORTS (REWRITE_SPORT | REWRITE_DPORT)

/* GatewayLease: 0 rests on none */
#define LEASE_SHORT 1
#define LEASE_LONG 2
#define LEASES 2

#define MAX_GENERATIONS 8

/* IPv4 as ::ffff:a.b.c.d; both halves are numbers in host order. */
struct address {
	u64 high;
	u64 low;
};

struct flow_key {
	struct address source;
	struct address destination;
	u32 input_index; /* interface index of a port, VNI, or index of a physical network */
	u32 input_peer;  /* peer number << 3 | encapsulation, for a tunnel */
	u16 source_port;
	u16 destination_port;
	u16 ether_type;
	u16 vlan; /* id and 0x1000 */
	u8 destination_mac[6];
	u8 source_mac[6];
	u8 input_kind;
	u8 protocol;
	u16 reserved;
};

struct stamp {
	u32 slot;
	u32 value;
};

struct connection {
	u32 index;
	u32 generation;
	u32 is_reply;
};

struct flow_action {
	u8 output_kind;
	u8 encapsulation;
	u16 rewrites;
	u32 output_index; /* interface index of a port, or index of a physical network */
	u16 max_l3_length;
	u8 min_ttl;
	u8 ttl_decrement;
	u8 tcp_mask;
	u8 tcp_value;
	u8 drop_reason;
	u8 connection_count;
	u8 destination_mac[6];
	u8 source_mac[6];
	u16 source_port;
	u16 destination_port;
	u16 header_difference;
	u16 transport_difference;
	u16 pseudo_header_difference;
	u16 vlan_id;
	u32 vni;
	u32 port_keys;
	u64 deadline; /* ms of the monotonic clock; 0 is never */
	u8 generation_count;
	u8 lease; /* void once that one has run out, whatever else holds */
	u16 tunnel_source_port;
	u32 verified_at;
	struct address source;
	struct address destination;
	struct address tunnel_remote;
	struct connection connections[4];
	struct stamp generations[MAX_GENERATIONS];
};

/* One flow: four cache lines. The first 32 bytes are the programs' to write, the rest the agent's. */
struct flow {
	u64 packets; /* a super-packet counts as its segments */
	u64 bytes;   /* of layer 3 */
	u64 last_seen; /* ns of the monotonic clock */
	u16 tcp_flags; /* of all packets together */
	u16 epoch; /* of the agent that wrote it */
	u32 slot;  /* in that agent's flow cache */
	struct flow_action action;
};

/* The one element of "config". */
struct config {
	struct address tunnel_local;
	struct address on_link; /* mask of the prefix in which far ends are neighbours; 0: the kernel looks the way up for each packet */
	u32 tunnel_ifindex;
	u32 upcall_ifindex;
	u32 vxlan_ifindex;  /* collect-metadata devices, 0 where there is none */
	u32 geneve_ifindex;
	u32 upcall_interval; /* ns between upcalls of one source, in the long run */
	u32 upcall_burst;    /* ns that a source may be ahead of that */
	u32 pending_window;  /* ns from a flow's first upcall until it is counted anew */
	u32 pending_packets; /* of one undecided flow that go up within the window */
	u64 seed;
	u16 peer_delivery; /* redirect_peer to veth guests: not seen by tcpdump on the host side */
	u16 has_gre; /* 0: IP protocol 47 is the host's */
	u16 tunnel_port_low;  /* of the collect-metadata devices' source ports */
	u16 tunnel_port_high;
	u32 epoch; /* of the agent that holds the maps; the programs do not look at it */
	u32 heartbeat_slot; /* of the generations: ns of the monotonic clock when the agent was last heard of */
	u32 lease_slots[LEASES]; /* of the generations: ns of the monotonic clock until when each lease holds */
};

/* Of "inputs", by interface index: what it is. Ports and devices are there for the agent, which finds them after a restart. */
#define NIC_TUNNEL 1
#define NIC_PHYSICAL 2
#define IS_PORT 4
#define IS_DEVICE 8
#define HAS_PEER 16 /* a veth, whose other end can be handed packets directly */
struct input {
	u32 kinds;
	u32 physical;
};

/* Of "peers", by the outer source address. */
struct peer {
	u32 number;
	u32 unused;
};

struct own_mac {
	u32 physical;
	u16 vlan; /* id alone */
	u8 mac[6];
};

/*
 * Of "answers": who was found to have an address, by where it was asked for. Only looked at while the agent is away, so that neighbours of
 * established flows are not forgotten.
 */
struct answer_key {
	struct address target;
	u32 input_index;
	u16 vlan; /* id alone */
	u8 input_kind;
	u8 unused;
};

#define MAX_ANSWER_STAMPS 4
struct answer {
	u8 mac[6];
	u8 is_router;
	u8 stamp_count;
	u8 lease;
	u8 unused[7];
	struct stamp stamps[MAX_ANSWER_STAMPS];
};

struct pending {
	u64 since;
	u64 packets;
};

/* Why a packet went where it went; also the counters' indexes. */
enum counter {
	COUNT_FORWARDED,     /* packets that an entry carried */
	COUNT_DROPPED,       /* packets that a negative entry dropped */
	COUNT_UPCALL_NEW,    /* to the agent: no entry */
	COUNT_UPCALL_STALE,  /* to the agent: what the entry rests on has changed */
	COUNT_UPCALL_REFUSED, /* to the agent: the entry's preconditions do not hold for the packet */
	COUNT_UPCALL_UNUSUAL, /* to the agent: fragments, options, errors, ARP, what has no key */
	COUNT_LIMITED_SOURCE, /* lost: the source has had its share of the agent */
	COUNT_LIMITED_FLOW,   /* lost: too many packets before the flow was decided */
	COUNT_FAILED,         /* lost: the kernel refused a step that cannot be taken back */
	COUNT_DEVICE,         /* pushed by a collect-metadata device */
	COUNT_ANSWERED,       /* ARP and neighbour solicitations answered in place of an agent that is away */
	COUNTERS
};

/* In front of each frame that goes up to the agent. An Ethernet header first, since it passes a tap. */
#define UPCALL_SIZE 48
#define UPCALL_VLAN 1
#define UPCALL_DECAPSULATED 2 /* the tunnel header is off already; vni, tos and remote say what it said */
struct upcall {
	u8 destination_mac[6];
	u8 source_mac[6];
	u16 ether_type; /* 0x88B5, in network order */
	u8 kind;
	u8 flags;
	u32 ifindex;
	u16 vlan_tci;
	u8 tos;
	u8 encapsulation;
	u32 vni;
	u16 payload; /* of a tunnel packet: where the tunnel header begins, from the frame's start */
	u16 version;
	struct address remote;
};

#endif
