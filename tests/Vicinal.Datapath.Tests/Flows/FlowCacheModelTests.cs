using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

/// <summary>Random sequences on cache, tracker and generations; a dictionary says which flows must be there, fresh, and whose.</summary>
public sealed class FlowCacheModelTests
{
    [Fact]
    public void The_cache_never_holds_what_should_have_fallen_and_never_loses_what_should_stand() => Seeds.Run(20, random =>
    {
        Generations generations = new();
        ConnectionTracker tracker = new(new ConnectionLimits { Total = 64 }, (ulong)random.NextInt64());
        FlowCache cache = new(4096, generations, tracker, (ulong)random.NextInt64());
        uint[] slots = [.. Enumerable.Range(0, 6).Select(_ => generations.Allocate())];
        List<ConnectionHandle> connections = [];
        Dictionary<FlowKey, ModelFlow> model = [];
        for (int step = 0; step < 4000; step++)
        {
            switch (random.Next(12))
            {
                case 0:
                    ConnectionTuple tuple = new(IpAddress.FromIpv4(1), IpAddress.FromIpv4(2), (ushort)random.Next(40), 53, IpProtocol.Udp);
                    ConnectionHandle opened = tracker.Commit(1, in tuple, tuple.Reversed, default, 0, out _);
                    connections.Add(opened);
                    break;
                case 1 when connections.Count > 0:
                    ConnectionHandle closed = connections[random.Next(connections.Count)];
                    tracker.Remove(closed);
                    connections.RemoveAll(handle => handle == closed);
                    RemoveWhere(model, flow => flow.Connections.Contains(closed));
                    break;
                case 2:
                    uint slot = slots[random.Next(slots.Length)];
                    generations.Bump(slot);
                    foreach (ModelFlow flow in model.Values.Where(flow => flow.Slots.Contains(slot)))
                    {
                        flow.Fresh = false;
                    }

                    break;
                case 3 when random.Next(10) == 0:
                    uint port = (uint)random.Next(4);
                    cache.RemoveInput(FlowInputKind.LocalPort, port);
                    RemoveWhere(model, flow => flow.Key.InputIndex == port);
                    break;
                case 4 when random.Next(20) == 0:
                    cache.Sweep(0, 10_000);
                    RemoveWhere(model, flow => !flow.Fresh);
                    break;
                case < 10:
                    Insert(random, cache, generations, slots, connections, model);
                    break;
                default:
                    FlowKey key = FlowCacheTests.Key((uint)random.Next(300), (uint)random.Next(4));
                    Compare(cache, model, in key);
                    break;
            }

            cache.Count.ShouldBe(model.Count);
        }

        foreach (FlowKey key in model.Keys)
        {
            Compare(cache, model, in key);
        }
    });

    private static void Insert(
        Random random, FlowCache cache, Generations generations, uint[] slots, List<ConnectionHandle> connections, Dictionary<FlowKey, ModelFlow> model)
    {
        FlowKey key = FlowCacheTests.Key((uint)random.Next(300), (uint)random.Next(4));
        ModelFlow flow = new(key, (uint)random.Next());
        FlowAction action = FlowCacheTests.Action(flow.Output);
        for (int i = random.Next(4); i > 0; i--)
        {
            uint slot = slots[random.Next(slots.Length)];
            action.TryAdd(generations.Stamp(slot)).ShouldBeTrue();
            flow.Slots.Add(slot);
        }

        for (int i = random.Next(5); i > 0 && connections.Count > 0; i--)
        {
            ConnectionHandle connection = connections[random.Next(connections.Count)];
            action.TryAdd(connection, random.Next(2) == 0).ShouldBeTrue();
            flow.Connections.Add(connection);
        }

        cache.Insert(in key, in action, 0).ShouldNotBe(FlowCache.NotFound);
        model[key] = flow;
    }

    private static void Compare(FlowCache cache, Dictionary<FlowKey, ModelFlow> model, in FlowKey key)
    {
        int slot = cache.Find(in key);
        (slot != FlowCache.NotFound).ShouldBe(model.ContainsKey(key));
        if (slot != FlowCache.NotFound)
        {
            cache[slot].Action.OutputIndex.ShouldBe(model[key].Output);
            cache.IsFresh(slot, 0).ShouldBe(model[key].Fresh);
        }
    }

    private static void RemoveWhere(Dictionary<FlowKey, ModelFlow> model, Func<ModelFlow, bool> condition)
    {
        foreach (ModelFlow flow in model.Values.Where(condition).ToList())
        {
            model.Remove(flow.Key);
        }
    }

    private sealed class ModelFlow(FlowKey key, uint output)
    {
        public FlowKey Key { get; } = key;

        public uint Output { get; } = output;

        public List<uint> Slots { get; } = [];

        public List<ConnectionHandle> Connections { get; } = [];

        public bool Fresh { get; set; } = true;
    }
}
