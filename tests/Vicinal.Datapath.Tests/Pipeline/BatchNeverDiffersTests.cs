using Vicinal.Datapath.Tests.Connections;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

/// <summary>
/// What the nodes of a cloud heard is played again to two more that are equal, to one packet by packet and to the other in batches, much
/// repeated, disordered and partly broken: outputs, counters, connections, flows and neighbours must not differ.
/// </summary>
public sealed class BatchNeverDiffersTests
{
    [Fact]
    public void A_batch_does_what_its_packets_do_one_by_one()
    {
        long hits = 0;
        long changes = 0;
        HashSet<DropReason> drops = [];
        Seeds.Run(8, random =>
        {
            Twins twins = new(random);
            twins.Play(150);
            hits += twins.Hits;
            changes += twins.BatchesWithChanges;
            drops.UnionWith(twins.Drops);
        });
        hits.ShouldBeGreaterThan(10_000, "most of a batch has to be cached for a change in its middle to matter");
        changes.ShouldBeGreaterThan(200, "flows have to come and go within batches");
        drops.ShouldContain(DropReason.RateLimited);
        drops.ShouldContain(DropReason.Malformed);
        drops.ShouldContain(DropReason.NotForUs);
        drops.ShouldContain(DropReason.UnknownTunnelPeer);
    }

    private sealed class Twins
    {
        private static readonly NodeLimits s_limits = new()
        {
            Connections = new() { Total = 1 << 10, PerZone = 1 << 8 },
            Flows = 64,
            DecisionsPerSecond = 400,
            DecisionBurst = 200,
        };

        private readonly Random _random;
        private readonly List<Tape> _tapes;
        private readonly RoutedCloud _single = new(s_limits);
        private readonly RoutedCloud _batched = new(s_limits);
        private long _now;

        public Twins(Random random)
        {
            _random = random;
            _tapes = Record();
            GiveFloatingIps(_single);
            GiveFloatingIps(_batched);
            _now = _single.Cloud.Fabric.Now;
        }

        public long Hits => _batched.Cloud.Fabric.Nodes.Sum(n => n.Node.Counters.CacheHits);

        public long BatchesWithChanges { get; private set; }

        public IEnumerable<DropReason> Drops =>
            Enum.GetValues<DropReason>().Where(r => _batched.Cloud.Fabric.Nodes.Any(n => n.Node.Counters[r] > 0));

        public void Play(int batches)
        {
            for (int i = 0; i < batches; i++)
            {
                int which = _random.Next(3);
                SimNode single = _single.Cloud.Fabric.Nodes[which];
                SimNode batched = _batched.Cloud.Fabric.Nodes[which];
                Tape[] tapes = [.. _tapes.Where(t => t.Node == which)];
                (PacketSource source, byte[][] frames) = NewBatch(tapes[_random.Next(tapes.Length)]);
                foreach (byte[] frame in frames)
                {
                    single.Node.Receive(in source, BufferOf(frame), _now);
                }

                string flows = Flows(batched);
                batched.Node.ReceiveBatch(in source, [.. frames.Select(BufferOf)], _now);
                BatchesWithChanges += flows == Flows(batched) ? 0 : 1;
                Picture(batched).ShouldBe(Picture(single), $"batch {i}");
                single.ForgetOutputs();
                batched.ForgetOutputs();
                Meanwhile();
            }
        }

        /// <summary>Mostly a few packets again and again, since that is what a burst is.</summary>
        private (PacketSource Source, byte[][] Frames) NewBatch(Tape tape)
        {
            int count = _random.Next(5) == 0 ? _random.Next(65, 200) : _random.Next(0, 65);
            int first = _random.Next(tape.Frames.Count);
            int span = _random.Next(3) == 0 ? tape.Frames.Count : 12;
            byte[][] frames = new byte[count][];
            for (int i = 0; i < count; i++)
            {
                frames[i] = [.. tape.Frames[(first + _random.Next(span)) % tape.Frames.Count]];
                if (_random.Next(40) == 0)
                {
                    Break(ref frames[i]);
                }
            }

            PacketSource source = tape.Source;
            if (source.Kind == PacketSourceKind.Tunnel && _random.Next(4) == 0)
            {
                // Another peer than the one that sent these; marks of congestion; nobody known.
                string[] peers = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.77"];
                source = PacketSource.Tunnel(IpAddress.Parse(peers[_random.Next(4)]), (byte)_random.Next(4));
            }

            return (source, frames);
        }

        private void Break(ref byte[] frame)
        {
            if (_random.Next(3) == 0)
            {
                Array.Resize(ref frame, _random.Next(frame.Length));
            }
            else
            {
                frame[_random.Next(Math.Min(frame.Length, 70))] ^= (byte)(1 << _random.Next(8));
            }
        }

        private void Meanwhile()
        {
            int dice = _random.Next(12);
            _now += dice < 6 ? _random.Next(200) : 0;
            foreach (RoutedCloud cloud in (ReadOnlySpan<RoutedCloud>)[_single, _batched])
            {
                foreach (SimNode node in cloud.Cloud.Fabric.Nodes)
                {
                    Change(cloud, node, dice);
                }
            }
        }

        private void Change(RoutedCloud cloud, SimNode node, int dice)
        {
            Row? row = dice switch
            {
                6 => cloud.Router.Row with { AdminUp = _now % 2 == 0 },
                7 => cloud.Net2 with { Mtu = _now % 2 == 0 ? 1300 : 1442 },
                8 => cloud.A.Row with { SecurityGroups = _now % 2 == 0 ? [] : [cloud.Open] },
                9 => cloud.Router1,
                _ => null,
            };
            if (row is not null)
            {
                node.Node.Apply([new RowChange(row.Unit, row.Key, row)], _now);
            }
            else
            {
                node.Node.Tick(_now);
            }
        }

        private static PacketBuffer BufferOf(byte[] frame)
        {
            PacketBuffer packet = new(PacketBuffer.Headroom + 4096);
            packet.CopyFrom(frame);
            return packet;
        }

        private static string Picture(SimNode node) => string.Join(
            '\n',
            [
                .. node.Outputs.Select(o => $"{o.Kind} {o.Index} {o.Remote} {Convert.ToHexString(o.Bytes)}"),
                .. node.Tunnelled.Select(t => $"hash {t.Hash} tos {t.Tos}"),
                .. Enum.GetValues<DropReason>().Select(r => $"{r} {node.Node.Counters[r]}"),
                .. Enum.GetValues<Disposition>().Select(d => $"{d} {node.Node.Counters[d]}"),
                $"received {node.Node.Counters.Received} hits {node.Node.Counters.CacheHits}",
                .. node.Node.Ports.Select(p => string.Join(' ', Enum.GetValues<Disposition>().Select(d => p.Counters[d]).Append(p.Device))),
                .. node.Node.Connections.Select(c => $"{c.Zone} {c.Original} {c.Reply} {c.TcpState} {c.Flags} {c.LastSeen} {c.OriginalPackets} {c.ReplyBytes}"),
                .. node.Node.Neighbors.Select(n => n.ToString()),
                Flows(node),
            ]);

        private static string Flows(SimNode node) =>
            string.Join('\n', node.Node.Flows.Select(f => $"{f.Key} {f.Action.OutputKind} {f.Packets} {f.Bytes}"));

        private static void GiveFloatingIps(RoutedCloud cloud)
        {
            cloud.GiveFloatingIp("198.51.100.10", cloud.A);
            cloud.GiveFloatingIp("198.51.100.11", cloud.C);
            cloud.Run();
        }

        /// <summary>A cloud goes about its business, and each node writes down what it hears.</summary>
        private List<Tape> Record()
        {
            RoutedCloud cloud = new();
            GiveFloatingIps(cloud);
            List<Tape> tapes = [];
            foreach ((SimNode node, int number) in cloud.Cloud.Fabric.Nodes.Select((n, i) => (n, i)))
            {
                node.Heard = (source, frame) =>
                {
                    Tape? tape = tapes.Find(t => t.Node == number && t.Source == source);
                    if (tape is null)
                    {
                        tapes.Add(tape = new Tape(number, source, []));
                    }

                    tape.Frames.Add(frame);
                };
            }

            SimHost[] hosts = [cloud.A.Host, cloud.B.Host, cloud.C.Host, cloud.D.Host, cloud.Internet];
            IpAddress[] targets =
            [
                .. hosts.SelectMany(h => h.Addresses).Select(a => a.Address), IpAddress.Parse("198.51.100.10"), IpAddress.Parse("198.51.100.11"),
                IpAddress.Parse("198.51.100.77"), IpAddress.Parse("10.0.2.99"),
            ];
            for (int i = 0; i < 120; i++)
            {
                SimHost from = hosts[_random.Next(hosts.Length)];
                IpAddress to = targets[_random.Next(targets.Length)];
                if (from.Addresses.All(a => a.Address != to) && (from != cloud.Internet || !to.IsIpv4 || to.Ipv4Value >> 24 != 10))
                {
                    Talk(from, to, (ushort)(4000 + _random.Next(12)));
                    cloud.Run();
                }
            }

            return tapes;
        }

        private void Talk(SimHost from, IpAddress to, ushort port)
        {
            from.EchoesUdp = true;
            switch (_random.Next(6))
            {
                case 0:
                    from.Ping(to, port);
                    break;
                case 1:
                    TcpFlags[] flags = [TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Fin | TcpFlags.Ack];
                    from.SendTcp(to, port, 80, flags[_random.Next(flags.Length)], 2, 2);
                    break;
                case 2:
                    SendFragments(from, PacketBuilder.Udp(from.EndsTo(to), port, 80, new byte[1500]));
                    break;
                default:
                    from.SendUdp(to, port, 80, _random.Next(10) == 0 ? 1410 : 20, (byte)(_random.Next(20) == 0 ? 1 : 64));
                    break;
            }
        }

        private static void SendFragments(SimHost from, byte[] whole)
        {
            PacketHeaders.Parse(whole, out PacketHeaders h).ShouldBe(ParseResult.Ok);
            byte[] room = new byte[4096];
            SegmentRun run = h.IsIpv4
                ? Ipv4Fragmenter.Write(whole, in h, 900, 0, room)
                : Ipv6Fragmenter.Write(whole, in h, 900, 4711, 0, room);
            for (int i = 0; i < run.Count; i++)
            {
                from.SendIp(run.Frame(room, 0, i).ToArray());
            }
        }

        /// <summary>What one node heard from one source.</summary>
        private sealed record Tape(int Node, PacketSource Source, List<byte[]> Frames);
    }
}
