/* Up to the agent, over its tap: the frame as it came, with a header that says where. Each source has a share of the agent's time. */
#ifndef VICINAL_UPCALL_H
#define VICINAL_UPCALL_H

#include "maps.h"

/* Budgets of ports first, then those of destinations of what comes from elsewhere. */
#define PORT_BUDGETS 4096

INLINE u32 budget_of_port(u32 ifindex)
{
	return ifindex & (PORT_BUDGETS - 1);
}

INLINE u32 budget_of_destination(const u8 *mac)
{
	u32 hash = (load32(mac) ^ (u32)load16(mac + 4) << 16) * 0x9E3779B1u;
	return PORT_BUDGETS + (hash >> 20);
}

/*
 * A virtual clock per source that each upcall moves on by an interval; who is too far ahead of the time waits. Two processors may both
 * take the last place: the bound is on what the agent has to do, not a count.
 */
INLINE int is_within_budget(const struct config *config, u32 budget, u64 now)
{
	u64 *clock = bpf_map_lookup_elem(&budgets, &budget);
	u64 at;
	if (!clock)
		return 1;
	at = *clock;
	if (at > now + config->upcall_burst)
		return 0;
	*clock = (at > now ? at : now) + config->upcall_interval;
	return 1;
}

INLINE u64 hash_of(const struct flow_key *key, u64 seed)
{
	const u64 *word = (const u64 *)key;
	u64 hash = seed;
	u32 i;
#pragma clang loop unroll(full)
	for (i = 0; i < sizeof(*key) / sizeof(u64); i++) {
		hash = (hash ^ word[i]) * 0x9E3779B97F4A7C15ull;
		hash ^= hash >> 29;
	}
	return hash;
}

/* Before the decision on a flow is here all its packets miss: only so many of them go up. */
INLINE int is_pending_too_long(const struct config *config, const struct flow_key *key, u64 now)
{
	u64 hash = hash_of(key, config->seed);
	struct pending *known = bpf_map_lookup_elem(&pending, &hash);
	if (known && now - known->since < config->pending_window) {
		known->packets += 1;
		return known->packets > config->pending_packets;
	}
	if (known) {
		known->since = now;
		known->packets = 1;
	} else {
		struct pending first = { now, 1 };
		bpf_map_update_elem(&pending, &hash, &first, BPF_ANY);
	}
	return 0;
}

/* Sends the frame up. What `up` says of tunnel and kind is the caller's. */
INLINE int upcall(struct __sk_buff *skb, const struct config *config, struct upcall *up, u32 budget, u32 why)
{
	u64 now = bpf_ktime_get_ns();
	if (!is_within_budget(config, budget, now)) {
		count(COUNT_LIMITED_SOURCE);
		return TC_ACT_SHOT;
	}
	up->ether_type = swap16(0x88B5);
	up->version = LAYOUT_VERSION;
	up->ifindex = skb->ifindex;
	if (skb->vlan_present) {
		up->flags |= UPCALL_VLAN;
		up->vlan_tci = (u16)skb->vlan_tci;

		/* Of two tags the inner one would now stand where a device puts it in front of our header, and there is no room for it there. */
		if (bpf_skb_vlan_pop(skb) || skb->vlan_present)
			goto failed;
	}
	if (bpf_skb_change_head(skb, UPCALL_SIZE, 0) || bpf_skb_store_bytes(skb, 0, up, UPCALL_SIZE, 0))
		goto failed;
	count(why);
	return bpf_redirect(config->upcall_ifindex, 0);
failed:
	count(COUNT_FAILED);
	return TC_ACT_SHOT;
}

#endif
