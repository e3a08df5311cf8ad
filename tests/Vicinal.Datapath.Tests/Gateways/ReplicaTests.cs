using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Gateways;

/// <summary>The standby's connections are the active gateway's, whatever passes and whoever takes over.</summary>
public sealed class ReplicaTests
{
    [Fact]
    public void Whatever_passes_and_whoever_takes_over_both_gateway_nodes_know_the_same_connections()
    {
        long compared = 0;
        Seeds.Run(12, random =>
        {
            RandomRun run = new(random);
            run.Go(300);
            compared += run.Compared;
        });
        compared.ShouldBeGreaterThan(5000, "there have to be connections to compare");
    }

    [Fact]
    public void Only_connections_of_routers_with_a_standby_are_told_and_only_by_who_serves()
    {
        GatewayCloud cloud = new(distributed: true);
        cloud.Router.Change(r => r with { GatewayNodes = [new GatewayNode("g1", 1)] });
        cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeTrue();
        cloud.Pings(cloud.V.Host, cloud.B.Address).ShouldBeTrue();
        cloud.G1.Replicas.Said.ShouldBe(0);
        cloud.Router.Change(r => r with { GatewayNodes = [new GatewayNode("g1", 1), new GatewayNode("g2", 2)] });
        cloud.Pings(cloud.A.Host, cloud.Internet.Address, 78).ShouldBeTrue();
        cloud.G1.Replicas.Said.ShouldBeGreaterThan(0);
        cloud.G2.Replicas.Said.ShouldBe(0);
    }

    [Fact]
    public void A_restarted_standby_has_its_replicas_back_from_its_journal()
    {
        GatewayCloud cloud = new(distributed: true);
        ArrayJournal journal = new(cloud.G2.Settings.Limits.Connections.Total);
        Become(cloud, cloud.G2, journal);
        cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeTrue();
        Sets.Of(cloud.G2).ShouldNotBeEmpty();
        HashSet<string> before = Sets.Of(cloud.G2);
        Become(cloud, cloud.G2, journal).Restored.ShouldBe(before.Count);
        Sets.Of(cloud.G2).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public void What_cannot_go_on_here_is_not_taken()
    {
        GatewayCloud cloud = new(distributed: true);
        cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeTrue();
        RecordList all = new();
        cloud.G1.Node.ReplicateAll(cloud.Router.Id, all);
        ConnectionRecord record = all.Records.ShouldHaveSingleItem();
        cloud.G2.Node.PutReplica(in record, cloud.Cloud.Fabric.Now).ShouldBeTrue();

        cloud.C1.Node.PutReplica(in record, cloud.Cloud.Fabric.Now).ShouldBeFalse("it is no gateway node");
        ConnectionRecord torn = record with { ReplyDestinationPort = 1 };
        cloud.G2.Node.PutReplica(in torn, cloud.Cloud.Fabric.Now).ShouldBeFalse("its seal does not fit");
        cloud.Router.SetGateway(cloud.External, ["198.51.100.3/24"], ["198.51.100.1"], true, "g1", "g2");
        cloud.G2.Node.PutReplica(in record, cloud.Cloud.Fabric.Now).ShouldBeFalse("the router has another address");
        Sets.Of(cloud.G2).ShouldBeEmpty();
    }

    private static RestoredConnections Become(GatewayCloud cloud, SimNode node, ArrayJournal journal)
    {
        node.Become(new Node(node.Settings, node, journal: journal, replicas: node.Replicas), [.. cloud.Cloud.Rows]);
        RestoredConnections restored = node.Node.RestoreConnections(journal.Records, cloud.Cloud.Fabric.Now);
        node.Node.SetActiveGateways([new ActiveGateway(cloud.Router.Id, "g1")], cloud.Cloud.Fabric.Now);
        return restored;
    }

    private static class Sets
    {
        /// <summary>The translated connections that a node knows, with what lasts of their state.</summary>
        public static HashSet<string> Of(SimNode node) =>
            [.. node.Node.Connections.Where(c => c.IsTranslated).Select(c => $"{c.Original} | {c.Reply} | {c.TcpState} {c.IsAnswered}")];
    }

    private sealed class RecordList : IConnectionReplicas
    {
        public List<ConnectionRecord> Records { get; } = [];

        public void Put(in ConnectionRecord record) => Records.Add(record);

        public void Remove(in ConnectionRecord record) => Records.RemoveAll(r => r.Seal == default);
    }

    /// <summary>Conversations with the outside, time, links that fail, and changes of role.</summary>
    private sealed class RandomRun
    {
        private readonly Random _random;
        private readonly GatewayCloud _cloud;
        private readonly SimPort[] _ports;
        private readonly List<(SimPort Port, ushort Number, bool Tcp)> _conversations = [];
        private SimNode _active;
        private SimNode _standby;
        private bool _synchronized = true;

        public RandomRun(Random random)
        {
            _random = random;
            _cloud = new GatewayCloud(random.Next(2) == 0, limits: new NodeLimits { Connections = new() { Total = 1 << 12 }, Flows = 256 });
            foreach (SimNode node in _cloud.Nodes)
            {
                node.VerifiesTraces = false;
            }

            _ports = [_cloud.A, _cloud.B, _cloud.E, _cloud.V];
            (_active, _standby) = (_cloud.G1, _cloud.G2);
        }

        public long Compared { get; private set; }

        public void Go(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                Step();
                _cloud.Run();
                if (_synchronized)
                {
                    HashSet<string> known = Sets.Of(_active);
                    HashSet<string> replicas = Sets.Of(_standby);
                    known.Except(replicas).ShouldBeEmpty($"the standby does not know, at step {i}");
                    replicas.Except(known).ShouldBeEmpty($"the standby alone knows, at step {i}");
                    Compared += known.Count;
                }
            }
        }

        private void Step()
        {
            switch (_random.Next(24))
            {
                case 0:
                    TakeOver();
                    break;
                case 1:
                    (_active.Replicas.IsCut, _standby.Replicas.IsCut) = (true, true);
                    _synchronized = false;
                    break;
                case 2 or 3 or 4:
                    Synchronize();
                    break;
                case 5:
                    _cloud.Advance(_random.Next(1, 20_000));
                    break;
                case 6:
                    _cloud.Advance(_random.Next(30_000, 200_000));
                    break;
                case < 13:
                    Open();
                    break;
                default:
                    Continue();
                    break;
            }
        }

        /// <summary>Handed over, or not: then the new one goes on with what it knows, and its full set corrects the former.</summary>
        private void TakeOver()
        {
            _cloud.Run();
            (_active, _standby) = (_standby, _active);
            bool inOrder = _random.Next(2) == 0;
            if (!inOrder)
            {
                // The former hears of it later than what the new one says.
                _cloud.Serve(_active.Host, null, _standby);
                Open();
                _cloud.Run();
                _synchronized = false;
            }

            _cloud.Serve(_active.Host);
            if (!inOrder)
            {
                Synchronize();
            }
        }

        private void Synchronize()
        {
            (_active.Replicas.IsCut, _standby.Replicas.IsCut) = (false, false);
            _cloud.Run();
            _standby.Node.BeginReplicas(_cloud.Router.Id);
            _active.Node.ReplicateAll(_cloud.Router.Id, _active.Replicas);
            _cloud.Run();
            _standby.Node.EndReplicas(_cloud.Router.Id);
            _synchronized = true;
        }

        private void Open()
        {
            SimPort port = _ports[_random.Next(_ports.Length)];
            ushort number = (ushort)_random.Next(2000, 2040);
            bool tcp = _random.Next(2) == 0;
            _conversations.Add((port, number, tcp));
            if (_conversations.Count > 24)
            {
                _conversations.RemoveAt(0);
            }

            if (tcp)
            {
                port.Host.SendTcp(_cloud.Internet.Address, number, 80, TcpFlags.Syn, 1);
            }
            else if (_random.Next(2) == 0)
            {
                port.Host.SendUdp(_cloud.Internet.Address, number, 53);
            }
            else
            {
                port.Host.Ping(_cloud.Internet.Address, number);
            }
        }

        private void Continue()
        {
            if (_conversations.Count == 0)
            {
                return;
            }

            (SimPort port, ushort number, bool tcp) = _conversations[_random.Next(_conversations.Count)];
            TcpFlags flags = _random.Next(8) switch
            {
                0 => TcpFlags.Fin | TcpFlags.Ack,
                1 => TcpFlags.Rst | TcpFlags.Ack,
                2 => TcpFlags.Syn,
                _ => TcpFlags.Ack,
            };
            Received? seen = _cloud.Internet.Inbox.LastOrDefault(r => r.Headers.HasPorts && (r.Headers.Protocol == IpProtocol.Tcp) == tcp);
            if (_random.Next(2) == 0 && seen is not null)
            {
                Answer(seen.Headers, tcp, flags == TcpFlags.Syn ? TcpFlags.Syn | TcpFlags.Ack : flags);
            }
            else if (tcp)
            {
                port.Host.SendTcp(_cloud.Internet.Address, number, 80, flags, 2, 2);
            }
            else
            {
                port.Host.SendUdp(_cloud.Internet.Address, number, 53);
            }
        }

        private void Answer(in PacketHeaders h, bool tcp, TcpFlags flags)
        {
            if (tcp)
            {
                _cloud.Internet.SendTcp(h.Source, h.DestinationPort, h.SourcePort, flags, 2, 2);
            }
            else
            {
                _cloud.Internet.SendUdp(h.Source, h.DestinationPort, h.SourcePort);
            }
        }
    }
}
