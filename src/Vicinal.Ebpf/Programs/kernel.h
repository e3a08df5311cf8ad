/* What the programs use of the kernel: helpers by number (linux/bpf.h lists them), byte order, memory access. No libbpf, no BTF. */
#ifndef VICINAL_KERNEL_H
#define VICINAL_KERNEL_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define SECTION(name) __attribute__((section(name), used))
#define INLINE static __attribute__((always_inline)) inline

/* Values from packets are in network order, those in maps in host order; the object is for little-endian machines. */
#define swap16(x) __builtin_bswap16(x)
#define swap32(x) __builtin_bswap32(x)
#define swap64(x) __builtin_bswap64(x)

#define data_of(skb) ((u8 *)(long)(skb)->data)
#define end_of(skb) ((u8 *)(long)(skb)->data_end)

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u64 (*bpf_ktime_get_ns)(void) = (void *)5;
static long (*bpf_skb_store_bytes)(struct __sk_buff *, u32 offset, const void *from, u32 len, u64 flags) = (void *)9;
static long (*bpf_l4_csum_replace)(struct __sk_buff *, u32 offset, u64 from, u64 to, u64 flags) = (void *)11;
static long (*bpf_skb_vlan_push)(struct __sk_buff *, u16 protocol, u16 tci) = (void *)18;
static long (*bpf_skb_vlan_pop)(struct __sk_buff *) = (void *)19;
static long (*bpf_skb_get_tunnel_key)(struct __sk_buff *, struct bpf_tunnel_key *, u32 size, u64 flags) = (void *)20;
static long (*bpf_skb_set_tunnel_key)(struct __sk_buff *, struct bpf_tunnel_key *, u32 size, u64 flags) = (void *)21;
static long (*bpf_redirect)(u32 ifindex, u64 flags) = (void *)23;
static long (*bpf_skb_load_bytes)(const struct __sk_buff *, u32 offset, void *to, u32 len) = (void *)26;
static long (*bpf_skb_get_tunnel_opt)(struct __sk_buff *, void *opt, u32 size) = (void *)29;
static long (*bpf_skb_set_tunnel_opt)(struct __sk_buff *, void *opt, u32 size) = (void *)30;
static long (*bpf_skb_change_type)(struct __sk_buff *, u32 type) = (void *)32;
static u32 (*bpf_get_hash_recalc)(struct __sk_buff *) = (void *)34;
static long (*bpf_skb_change_tail)(struct __sk_buff *, u32 len, u64 flags) = (void *)38;
static long (*bpf_skb_pull_data)(struct __sk_buff *, u32 len) = (void *)39;
static long (*bpf_csum_update)(struct __sk_buff *, u32 csum) = (void *)40;
static long (*bpf_skb_change_head)(struct __sk_buff *, u32 len, u64 flags) = (void *)43;
static long (*bpf_skb_adjust_room)(struct __sk_buff *, int difference, u32 mode, u64 flags) = (void *)50;
static long (*bpf_redirect_neigh)(u32 ifindex, struct bpf_redir_neigh *, int size, u64 flags) = (void *)152;
static long (*bpf_redirect_peer)(u32 ifindex, u64 flags) = (void *)155;
static u64 (*bpf_ktime_get_coarse_ns)(void) = (void *)160;

/* Packet bytes need not be aligned; on the machines that matter an unaligned load is one instruction. */
INLINE u16 load16(const void *p) { return *(const u16 *)p; }
INLINE u32 load32(const void *p) { return *(const u32 *)p; }
INLINE u64 load64(const void *p) { return *(const u64 *)p; }
INLINE void store16(void *p, u16 v) { *(u16 *)p = v; }
INLINE void store32(void *p, u32 v) { *(u32 *)p = v; }
INLINE void store64(void *p, u64 v) { *(u64 *)p = v; }

/* Of six bytes, aligned to two: byte by byte, as the compiler would, takes twice as many steps. */
INLINE void copy_mac(u8 *to, const u8 *from)
{
	store16(to, load16(from));
	store16(to + 2, load16(from + 2));
	store16(to + 4, load16(from + 4));
}

/* Tells the verifier what the compiler knows already and would leave out: an offset into the headers, below 128. */
#define bound(offset) asm volatile("%0 &= 127" : "+r"(offset))

/* A map as the loader reads it from the section "maps". */
struct bpf_map_def {
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 map_flags;
};

#endif
