/* What the loader's tests load: maps declared the plain way, two programs in one section and one in another. */
#include <linux/bpf.h>
#define SEC(name) __attribute__((section(name), used))

struct bpf_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags;
};

static void *(*const map_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;

struct bpf_map_def SEC("maps") counters = {BPF_MAP_TYPE_ARRAY, 4, 8, 4, BPF_F_MMAPABLE};
struct bpf_map_def SEC("maps") seen_marks = {BPF_MAP_TYPE_HASH, 4, 8, 1000, 0};
char LICENSE[] SEC("license") = "GPL";

static __attribute__((always_inline)) inline void count(void *map, __u32 key)
{
	__u64 *value = map_lookup(map, &key);
	if (value)
		__sync_fetch_and_add(value, 1);
}

SEC("tc") int count_first(struct __sk_buff *skb)
{
	count(&counters, 1);
	return 0;
}

SEC("tc") int count_second(struct __sk_buff *skb)
{
	count(&counters, 2);
	count(&seen_marks, skb->mark);
	return 2;
}

SEC("tc/other") int plain(struct __sk_buff *skb)
{
	return skb->mark + 1;
}
