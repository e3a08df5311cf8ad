/*
 * ARP and neighbour discovery while the agent is away: guests and routers ask again for the neighbours of flows that go on, and an unanswered
 * question would end those flows. What the agent answered before is repeated, as long as what that rested on is as it was.
 */
#ifndef VICINAL_ANSWER_H
#define VICINAL_ANSWER_H

#include "rewrite.h"

/* Without a sign from the agent for so long, it is away. */
#define AWAY_NS 1000000000ull

#define ARP_SIZE (14 + 28)
#define SOLICITATION_SIZE (14 + 40 + 24)
#define LINK_LAYER_OPTION 8

INLINE int is_agent_away(const struct config *config)
{
	u32 slot = config->heartbeat_slot;
	u64 *heard = bpf_map_lookup_elem(&generations, &slot);
	return !heard || bpf_ktime_get_ns() - *heard > AWAY_NS;
}

INLINE const struct answer *find_answer(const struct config *config, const struct answer_key *key)
{
	const struct answer *answer = bpf_map_lookup_elem(&answers, key);
	u32 i;
	if (!answer || (answer->lease && !has_lease(config, answer->lease)))
		return 0;
#pragma clang loop unroll(full)
	for (i = 0; i < MAX_ANSWER_STAMPS; i++) {
		u32 slot = answer->stamps[i].slot;
		u64 *current;
		if (i >= answer->stamp_count)
			break;
		current = bpf_map_lookup_elem(&generations, &slot);
		if (!current || (u32)*current != answer->stamps[i].value)
			return 0;
	}
	return answer;
}

/* RFC 826: the question becomes its answer in place. 0 when it did. */
INLINE int answer_arp(struct __sk_buff *skb, const struct config *config, struct answer_key *key)
{
	u8 *frame = data_of(skb);
	const struct answer *answer;
	u32 target;
	if (frame + ARP_SIZE > end_of(skb) || load32(frame + 14) != swap32(0x00010800) || load32(frame + 18) != swap32(0x06040001))
		return -1;
	target = load32(frame + 38);
	key->target.low = 0xFFFF00000000ull | swap32(target);
	answer = load32(frame + 28) == target ? 0 : find_answer(config, key);

	/* Who asks for its own address hears nothing (RFC 5227 section 2.1.1). */
	if (!answer || (load32(frame + 22) == load32(answer->mac) && load16(frame + 26) == load16(answer->mac + 4)))
		return -1;
	store16(frame + 20, swap16(2));
	__builtin_memcpy(frame, frame + 22, 6);
	__builtin_memcpy(frame + 32, frame + 22, 10);
	__builtin_memcpy(frame + 6, answer->mac, 6);
	__builtin_memcpy(frame + 22, answer->mac, 6);
	store32(frame + 28, target);
	return 0;
}

/* The sum of what the checksum of an advertisement covers: addresses, length and next header, and the message. */
INLINE u64 advertisement_sum(const u8 *ip, u32 words)
{
	u64 sum = (u64)swap32(words * 4) + swap32(PROTO_ICMPV6);
	u32 i;
#pragma clang loop unroll(full)
	for (i = 0; i < 8; i++)
		sum += load32(ip + 8 + 4 * i);
#pragma clang loop unroll(full)
	for (i = 0; i < 8; i++)
		if (i < words)
			sum += load32(ip + 40 + 4 * i);
	return sum;
}

/* RFC 4861 section 7.2.4: a solicitation with its sender's link-layer address, as hosts send them, becomes the advertisement. */
INLINE int answer_solicitation(struct __sk_buff *skb, const struct config *config, struct answer_key *key)
{
	u8 *frame = data_of(skb);
	u8 *ip = frame + 14;
	const struct answer *answer;
	if (frame + SOLICITATION_SIZE + LINK_LAYER_OPTION > end_of(skb) || skb->len != SOLICITATION_SIZE + LINK_LAYER_OPTION
	    || load32(ip + 4) != swap32(32 << 16 | PROTO_ICMPV6 << 8 | 255) || load16(ip + 40) != swap16(0x8700) || load16(ip + 64) != swap16(0x0101))
		return -1;
	/* Duplicate address detection, which asks from the unspecified address, is not answered for anybody. */
	if (!load64(ip + 8) && !load64(ip + 16))
		return -1;
	key->target.high = swap64(load64(ip + 48));
	key->target.low = swap64(load64(ip + 56));
	answer = find_answer(config, key);
	if (!answer || (load32(ip + 66) == load32(answer->mac) && load16(ip + 70) == load16(answer->mac + 4)))
		return -1;
	__builtin_memcpy(frame, frame + 6, 6);
	__builtin_memcpy(frame + 6, answer->mac, 6);
	__builtin_memcpy(ip + 24, ip + 8, 16);
	__builtin_memcpy(ip + 8, ip + 48, 16);
	store32(ip + 40, swap32(0x88000000));
	store32(ip + 44, swap32(answer->is_router ? 0xE0000000 : 0x60000000));
	store16(ip + 64, swap16(0x0201));
	__builtin_memcpy(ip + 66, answer->mac, 6);
	store16(ip + 42, (u16)~fold(advertisement_sum(ip, 8)));
	return 0;
}

/* TC_ACT_REDIRECT when the question was answered; else it is as it came. */
INLINE int answer_neighbor(struct __sk_buff *skb, const struct config *config, u32 kind, u32 index, u32 mark)
{
	struct answer_key key = { .input_kind = kind, .input_index = index };
	const u8 *frame = data_of(skb);
	u16 type;
	if (frame + 14 > end_of(skb))
		return TC_ACT_UNSPEC;
	type = load16(frame + 12);
	if ((type != swap16(TYPE_ARP) && type != swap16(TYPE_IPV6)) || !is_agent_away(config))
		return TC_ACT_UNSPEC;
	key.vlan = skb->vlan_present ? skb->vlan_tci & 0xFFF : 0;
	if (type == swap16(TYPE_ARP) ? answer_arp(skb, config, &key) : answer_solicitation(skb, config, &key))
		return TC_ACT_UNSPEC;
	count(COUNT_ANSWERED);
	skb->mark = mark;
	return bpf_redirect(skb->ifindex, 0);
}

#endif
