using Vicinal.Forwarding;
using Vicinal.Gateways;
using Vicinal.Gateways.Elections;
using Vicinal.Packets;

namespace Vicinal.Agent.Gateways;

/// <summary>
/// Lets three made-up nodes agree on who serves a router, one of them die and the next one hand over, in time that is made up too, before the real one takes
/// part: the code is compiled then, and a failover does not wait for that. Touches no device and no state.
/// </summary>
internal sealed class GatewayRehearsal
{
    private const long Millisecond = 1_000_000;

    /// <summary>In made-up milliseconds, for each scene; far more than any takes.</summary>
    private const int LongestScene = 20_000;

    private static readonly Guid s_router = new(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3);
    private static readonly Guid s_network = new(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3);

    private readonly List<Member> _members = [.. ((string[])["one", "two", "three"]).Select((host, i) => new Member(host, i))];
    private long _now = 1000 * Millisecond;

    /// <summary>The nodes that served, in turn.</summary>
    public List<string> Served { get; } = [];

    public static GatewayRehearsal Run()
    {
        GatewayRehearsal rehearsal = new();
        rehearsal.Perform();
        return rehearsal;
    }

    private void Perform()
    {
        RowChange[] rows = [.. Rows().Select(row => new RowChange(row.Unit, row.Key, row))];
        foreach (Member member in _members)
        {
            member.Election.Apply(rows, _now, member.Effects);
            member.Election.SetHealth(s_network, link: true, UpstreamState.Answers, _now, member.Effects);
            member.Election.SetReady(true, _now, member.Effects);
        }

        Member first = PlayUntilServed(null);
        Play(() => _members.All(member => member == first || member.Follows == first.Host), LongestScene);

        // Long enough for sessions of BFD to be up, and connections to be where they should.
        Play(() => false, 5000);
        _members.Remove(first);
        Member second = PlayUntilServed(first);
        Play(() => false, 1000);
        second.Election.Leave(_now, second.Effects);
        _ = PlayUntilServed(second);
        Play(() => second.Election.HasLeft, LongestScene);
    }

    private Member PlayUntilServed(Member? before)
    {
        Play(() => _members.Exists(member => member != before && member.Serves), LongestScene);
        Member serves = _members.Find(member => member != before && member.Serves) ?? _members[^1];
        Served.Add(serves.Host);
        return serves;
    }

    private void Play(Func<bool> isOver, int milliseconds)
    {
        for (int i = 0; i < milliseconds && !isOver(); i++)
        {
            _now += Millisecond;
            foreach (Member member in _members)
            {
                member.Election.Tick(_now, member.Effects);
            }

            foreach (Member member in _members)
            {
                CarryOut(member);
            }
        }
    }

    private void CarryOut(Member member)
    {
        // What it is answered goes into its other effects, and is carried out in the next millisecond.
        GatewayEffects effects = member.TakeEffects();
        foreach (ActiveChange change in effects.Actives)
        {
            member.Serves = change.Here;
            member.Follows = change.Host;
            member.Election.Applied(change.Number, _now, member.Effects);
        }

        foreach (ReplicationChange change in effects.Replications)
        {
            Find(change.Standby)?.SetReplicated(member.Host, change.Replicates, _now);
        }

        foreach (FlushRequest flush in effects.Flushes)
        {
            member.Election.ConnectionsFlushed(flush.RouterId, flush.Standby, _now, member.Effects);
        }

        for (int i = 0; i < effects.MessageCount; i++)
        {
            OutgoingMessage message = effects.Message(i);
            Find(member.Election.Hosts.NameOf(message.Host))?.Receive(member.Host, message, _now);
        }

        effects.Clear();
    }

    private Member? Find(string host) => _members.Find(member => member.Host == host);

    private static IEnumerable<Row> Rows()
    {
        string[] hosts = ["one", "two", "three"];
        yield return new GatewayPolicyRow([.. hosts], 1, 10, 3, 40, 10, true);
        yield return new RouterRow(s_router, 900, true, true, [.. hosts.Select((host, i) => new GatewayNode(host, hosts.Length - i))], GatewayLease.Short, 1);
        yield return new ExternalGatewayRow(s_router, s_network, s_network, new MacAddress(0xFA_16_3E_00_00_01), [], [], true);
        for (int i = 0; i < hosts.Length; i++)
        {
            yield return new NodeRow(new Guid(i + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4), hosts[i], IpAddress.FromIpv4(0xC000_0201u + (uint)i));
        }
    }

    private sealed class Member(string host, int number)
    {
        private GatewayEffects _other = new();

        public string Host { get; } = host;

        public GatewayElection Election { get; } = new(new GatewaySettings(host, (ulong)number + 1, number + 1), 1000 * Millisecond);

        public GatewayEffects Effects { get; private set; } = new();

        public bool Serves { get; set; }

        public string? Follows { get; set; }

        public GatewayEffects TakeEffects()
        {
            (Effects, _other) = (_other, Effects);
            return _other;
        }

        public void SetReplicated(string active, bool inFull, long now) => Election.SetReplicated(s_router, active, inFull, now, Effects);

        public void Receive(string from, OutgoingMessage message, long now)
        {
            if (!Election.Hosts.TryFind(from, out int sender))
            {
                return;
            }

            if (message.IsBfd)
            {
                Election.ReceiveBfd(sender, message.Bytes, now, Effects);
            }
            else
            {
                Election.Receive(sender, message.Bytes, now, Effects);
            }
        }
    }
}
