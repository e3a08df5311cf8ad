using Vicinal.Forwarding;
using Vicinal.Protocol.Sessions;

namespace Vicinal.Protocol.Tests.Sessions;

/// <summary>Random lives of a server and an agent: whatever breaks in between, in the end the agent holds what the server has for it.</summary>
public sealed class SessionModelTests(ITestOutputHelper output)
{
    [Fact]
    public void Whatever_happens_on_the_way_the_agent_ends_with_what_the_server_has()
    {
        int first = Environment.TickCount;
        output.WriteLine($"seeds from {first}");
        for (int seed = first; seed < first + 400; seed++)
        {
            new Life(seed).Run();
        }
    }

    private sealed class Life(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly RandomRows _rows = new(seed);
        private readonly FakeCloud _cloud = new();
        private readonly FakeAgent _agent = new();
        private readonly List<Row> _pool = [];
        private AgentSession? _session;
        private IEnumerator<ReadOnlyMemory<byte>>? _round;

        public void Run()
        {
            for (int i = 0; i < 12; i++)
            {
                _pool.Add(_rows.Next());
            }

            for (int step = 0; step < 150; step++)
            {
                Step();
            }

            Settle();
            Dictionary<(UnitId, RowKey), Row> wanted = _cloud.Current.Wanted
                .SelectMany(unit => _cloud.Current.Unit(unit).Rows.Values)
                .ToDictionary(row => (row.Unit, row.Key));
            _agent.InForce.Count.ShouldBe(wanted.Count, $"seed {seed}");
            foreach (((UnitId, RowKey) key, Row row) in wanted)
            {
                _agent.InForce.GetValueOrDefault(key).ShouldBe(row, $"seed {seed}");
            }
        }

        private void Step()
        {
            UnitId unit = _pool[_random.Next(_pool.Count)].Unit;
            switch (_random.Next(20))
            {
                case < 7:
                    Edit(_pool[_random.Next(_pool.Count)]);
                    break;
                case < 9:
                    _cloud.Subscribe(unit);
                    _session?.Mark(unit);
                    break;
                case 9:
                    _cloud.Unsubscribe(unit);
                    _session?.Mark(unit);
                    break;
                case < 16:
                    Advance(_random.Next(1, 6));
                    break;
                case 16:
                    Break();
                    break;
                case 17:
                    Break();
                    _cloud.Restart();
                    break;
                default:
                    Connect();
                    break;
            }
        }

        private void Edit(Row row)
        {
            bool remove = _cloud.Current.Unit(row.Unit).Rows.ContainsKey(row.Key) && _random.Next(2) == 0;
            _cloud.Change(row.Unit, new RowChange(row.Unit, row.Key, remove ? null : Renewed(row)));
            _session?.Mark(row.Unit);
        }

        /// <summary>The same key with other contents where the type has something to change.</summary>
        private Row Renewed(Row row) => row switch
        {
            EndpointRow endpoint => endpoint with { Host = $"c{_random.Next(5)}" },
            SegmentRow segment => segment with { Mtu = _random.Next(1280, 9000) },
            StaticNatRow nat => nat with { OwnerHost = $"c{_random.Next(5)}" },
            RouterRow router => router with { AdminUp = !router.AdminUp },
            _ => row,
        };

        private void Connect()
        {
            Break();
            _session = new AgentSession(_agent.Hello(_cloud.Epoch), _cloud.Epoch);
            _session.MarkAll(_cloud.Current);
        }

        private void Break()
        {
            (_session, _round) = (null, null);
            _agent.Mirror.Discard();
        }

        /// <summary>The agent takes some frames of a round while the cloud may go on changing between them.</summary>
        private void Advance(int frames)
        {
            for (int i = 0; i < frames && _session is not null; i++)
            {
                if (_round is null)
                {
                    if (!_session.HasWork)
                    {
                        return;
                    }

                    _round = _session.Round(_cloud.Current).GetEnumerator();
                }

                if (_round.MoveNext())
                {
                    foreach (UnitId gap in _agent.Receive(_round.Current))
                    {
                        _session.Forget(gap);
                    }
                }
                else
                {
                    _round = null;
                    Acknowledge();
                }
            }
        }

        private void Acknowledge()
        {
            // Some acknowledgements come late, with a later one; a round with a gap has none.
            if (_agent.Batches[^1].Gaps.Count == 0 && _random.Next(3) > 0)
            {
                _session!.Acknowledge(_agent.Batches[^1].Revision);
            }
        }

        private void Settle()
        {
            if (_session is null)
            {
                Connect();
            }

            for (int i = 0; i < 1000; i++)
            {
                Advance(10);
                if (_round is null && _agent.Batches.Count > 0)
                {
                    _session!.Acknowledge(_agent.Batches[^1].Revision);
                }
            }

            _session!.HasWork.ShouldBeFalse($"seed {seed}");
        }
    }
}
