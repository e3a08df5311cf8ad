/* Whether an entry may be replayed for a packet, and what its counters then say. */
#ifndef VICINAL_FLOW_H
#define VICINAL_FLOW_H

#include "maps.h"
#include "parse.h"

/* The node may go on with what it does under the lease. The agent may be frozen, so that the time itself is asked, to the nanosecond. */
INLINE int has_lease(const struct config *config, u32 lease)
{
	u32 slot = config->lease_slots[(lease - 1) & (LEASES - 1)];
	u64 *until = bpf_map_lookup_elem(&generations, &slot);
	return until && bpf_ktime_get_ns() < *(volatile u64 *)until;
}

/* All that the decision rests on is as it was, and its time has not passed. */
INLINE int is_fresh(const struct config *config, const struct flow_action *action, u64 now)
{
	u32 i;
	if (action->lease && !has_lease(config, action->lease))
		return 0;
	if (action->deadline && now / 1000000 >= action->deadline)
		return 0;
#pragma clang loop unroll(full)
	for (i = 0; i < MAX_GENERATIONS; i++) {
		u32 slot;
		u64 *current;
		if (i >= action->generation_count)
			break;
		slot = action->generations[i].slot;
		current = bpf_map_lookup_elem(&generations, &slot);
		if (!current || (u32)*current != action->generations[i].value)
			return 0;
	}
	return 1;
}

/* What counts against an MTU: of a super-packet the length of each segment that it will be cut into. */
INLINE u32 segment_length(const struct headers *h)
{
	u32 segment = h->header_length + h->gso_size;
	return h->gso_size && segment < h->l3_length ? segment : h->l3_length;
}

INLINE int admits(const struct flow_action *action, const struct headers *h)
{
	return (h->tcp_flags & action->tcp_mask) == action->tcp_value && h->ttl >= action->min_ttl
		&& (!action->max_l3_length || segment_length(h) <= action->max_l3_length);
}

INLINE void note_use(struct flow *flow, const struct headers *h, u64 now)
{
	u64 packets = 1;
	if (h->gso_size) {
		u32 payload = h->l3_length - h->header_length;
		packets = (payload + h->gso_size - 1) / h->gso_size;
	}
	__sync_fetch_and_add(&flow->packets, packets);
	__sync_fetch_and_add(&flow->bytes, h->l3_length);
	flow->last_seen = now;
	if ((flow->tcp_flags | h->tcp_flags) != flow->tcp_flags)
		flow->tcp_flags |= h->tcp_flags;
}

#endif
