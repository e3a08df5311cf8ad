/* The maps. Sizes are what the agent may override; all are pinned, and outlive it. */
#ifndef VICINAL_MAPS_H
#define VICINAL_MAPS_H

#include "layout.h"

#define MAP(name) struct bpf_map_def name SECTION("maps")

MAP(flows) = { BPF_MAP_TYPE_HASH, sizeof(struct flow_key), sizeof(struct flow), 262144, BPF_F_NO_PREALLOC };
MAP(generations) = { BPF_MAP_TYPE_ARRAY, sizeof(u32), sizeof(u64), 1048576, BPF_F_MMAPABLE };
MAP(config) = { BPF_MAP_TYPE_ARRAY, sizeof(u32), sizeof(struct config), 1, 0 };
MAP(inputs) = { BPF_MAP_TYPE_HASH, sizeof(u32), sizeof(struct input), 16384, BPF_F_NO_PREALLOC };
MAP(peers) = { BPF_MAP_TYPE_HASH, sizeof(struct address), sizeof(struct peer), 16384, BPF_F_NO_PREALLOC };
MAP(own_macs) = { BPF_MAP_TYPE_HASH, sizeof(struct own_mac), sizeof(u32), 131072, BPF_F_NO_PREALLOC };
MAP(physicals) = { BPF_MAP_TYPE_ARRAY, sizeof(u32), sizeof(u32), 64, 0 };
MAP(pending) = { BPF_MAP_TYPE_LRU_HASH, sizeof(u64), sizeof(struct pending), 65536, 0 };
MAP(answers) = { BPF_MAP_TYPE_LRU_HASH, sizeof(struct answer_key), sizeof(struct answer), 32768, 0 };
MAP(budgets) = { BPF_MAP_TYPE_ARRAY, sizeof(u32), sizeof(u64), 8192, 0 };
/* The agent's records of connections, in memory that outlives it; the programs do not look at them. */
MAP(connections) = { BPF_MAP_TYPE_ARRAY, sizeof(u32), 128, 524288, BPF_F_MMAPABLE };
MAP(counters) = { BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(u32), sizeof(u64), COUNTERS, 0 };

INLINE void count(u32 what)
{
	u64 *counter = bpf_map_lookup_elem(&counters, &what);
	if (counter)
		*counter += 1;
}

#endif
