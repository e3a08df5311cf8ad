using Vicinal.Forwarding;
using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Tests.Simulation;

namespace Vicinal.Gateways.Tests.Elections;

public sealed class AllocationTests
{
    private const long Millisecond = SimWorld.Millisecond;

    [Fact]
    public void Renewals_and_BFD_allocate_nothing()
    {
        SimWorld world = new(1, 4);
        world.AddRouter(0, 1);
        world.AddRouter(1, 0);
        RowChange[] rows = [.. world.RowsFor(0)];
        Pair pair = new(rows);
        pair.Run(5000 * Millisecond);
        pair.Elections.Sum(e => e.HeldCount).ShouldBe(2);
        Allocations.Of(() => pair.Run(1000 * Millisecond)).ShouldBe(0);
        pair.Carried.ShouldBeGreaterThan(1000);
    }

    /// <summary>Three nodes that hear each other at once. Nothing here may allocate, either.</summary>
    private sealed class Pair
    {
        private readonly GatewayEffects[] _effects = [new(), new(), new()];
        private readonly GatewayEffects _answer = new();
        private readonly Queue<(int From, int To, byte[] Bytes, int Length, bool Bfd)> _wire = new(64);
        private readonly Stack<byte[]> _buffers = new();
        private long _now;

        public Pair(RowChange[] rows)
        {
            Elections = [.. Enumerable.Range(0, 3).Select(i => new GatewayElection(new GatewaySettings(SimWorld.NameOf(i), 1, i + 1), 0))];
            for (int i = 0; i < 3; i++)
            {
                Elections[i].Apply(rows, 0, _effects[i]);
                Elections[i].SetHealth(SimWorld.External, true, UpstreamState.Answers, 0, _effects[i]);
                Elections[i].SetReady(true, 0, _effects[i]);
                Carry(i, _effects[i]);
            }
        }

        public GatewayElection[] Elections { get; }

        public long Carried { get; private set; }

        public void Run(long duration)
        {
            for (long end = _now + duration; _now < end; _now += Millisecond)
            {
                for (int i = 0; i < 3; i++)
                {
                    Elections[i].Tick(_now, _effects[i]);
                    Carry(i, _effects[i]);
                }

                while (_wire.TryDequeue(out (int From, int To, byte[] Bytes, int Length, bool Bfd) datagram))
                {
                    Deliver(datagram.From, datagram.To, datagram.Bytes.AsSpan(0, datagram.Length), datagram.Bfd);
                    _buffers.Push(datagram.Bytes);
                }
            }
        }

        private void Deliver(int from, int to, ReadOnlySpan<byte> bytes, bool bfd)
        {
            Carried++;
            GatewayElection receiver = Elections[to];
            receiver.Hosts.TryFind(SimWorld.AddressOf(from), out int host).ShouldBeTrue();
            if (bfd)
            {
                receiver.ReceiveBfd(host, bytes, _now, _answer);
            }
            else
            {
                receiver.Receive(host, bytes, _now, _answer);
            }

            Carry(to, _answer);
        }

        private void Carry(int from, GatewayEffects effects)
        {
            for (int i = 0; i < effects.MessageCount; i++)
            {
                OutgoingMessage message = effects.Message(i);
                Elections[from].Hosts.AddressOf(message.Host).ShouldNotBeNull();
                int to = (int)(Elections[from].Hosts.AddressOf(message.Host)!.Value.Ipv4Value - SimWorld.AddressOf(0).Ipv4Value);
                if (to < 3)
                {
                    byte[] buffer = _buffers.TryPop(out byte[]? free) ? free : new byte[OutgoingMessage.MaxSize];
                    message.Bytes.CopyTo(buffer);
                    _wire.Enqueue((from, to, buffer, message.Length, message.IsBfd));
                }
            }

            ulong applied = effects.Actives.Count > 0 ? effects.Actives[^1].Number : 0;
            effects.Clear();
            if (applied > 0)
            {
                Elections[from].Applied(applied, _now, effects);
                Carry(from, effects);
            }
        }
    }
}
