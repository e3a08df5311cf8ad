using Vicinal.Model.Resources;

namespace Vicinal.Model.Tests.Clouds;

/// <summary>
/// One random, referentially sane edit after another over a small universe, so that things meet, part and come back. The seed
/// decides everything.
/// </summary>
public sealed partial class RandomEdits
{
    private static readonly string[] Hosts = ["c1", "c2", "c3", "g1", "g2"];
    private static readonly string[] Modes = ["dvr", "dvr", "dvr_snat", "dvr_no_external", "legacy"];

    private readonly Random _random;
    private readonly (int Weight, Action Edit)[] _edits;
    private int _subnets;

    public RandomEdits(int seed)
    {
        _random = new Random(seed);
        _edits =
        [
            (3, AddNetwork), (2, ChangeNetwork), (1, RemoveNetwork), (4, AddSubnet), (2, ChangeSubnet), (1, RemoveSubnet),
            (12, AddPort), (14, ChangePort), (6, RemovePort), (3, AddRouter), (6, ChangeRouter), (8, ScheduleRouter), (6, MigrateRouter), (1, RemoveRouter),
            (9, AddInterface), (7, RemoveInterface), (8, SetGateway), (4, ClearGateway),
            (8, AddFloatingIp), (14, MoveFloatingIp), (3, RemoveFloatingIp),
            (2, AddGroup), (1, RemoveGroup), (5, AddRule), (3, RemoveRule), (7, AddAgent), (6, ChangeAgent), (4, DrainAgent), (2, RemoveAgent), (3, ChangePolicy),
        ];
        Network external = Cloud.AddExternalNetwork();
        Cloud.AddSubnet(external, "203.0.113.0/24");
        Cloud.AddSubnet(external, "2001:db8:ffff::/64");
        for (int i = 0; i < 30; i++)
        {
            Grow();
        }
    }

    public CloudBuilder Cloud { get; } = new();

    private Topology Topology => Cloud.Topology;

    /// <summary>Publishes a batch of one edit mostly, of up to four sometimes. Edits that find nothing to do change nothing.</summary>
    public Step Next()
    {
        int edits = _random.Next(4) == 0 ? _random.Next(2, 5) : 1;
        for (int i = 0; i < edits; i++)
        {
            Edit();
        }

        return Cloud.Publish();
    }

    /// <summary>From a cloud of next to nothing most edits would find nothing to do.</summary>
    private void Grow()
    {
        AddAgent();
        AddNetwork();
        AddSubnet();
        AddRouter();
        AddGroup();
        AddPort();
        AddInterface();
        SetGateway();
        AddFloatingIp();
        MoveFloatingIp();
    }

    private void Edit()
    {
        int roll = _random.Next(_edits.Sum(static e => e.Weight));
        foreach ((int weight, Action edit) in _edits)
        {
            roll -= weight;
            if (roll < 0)
            {
                edit();
                return;
            }
        }
    }

    private IEnumerable<Port> InstancePorts() =>
        Topology.Ports.Values.Where(static p => p.DeviceOwner.StartsWith("compute:", StringComparison.Ordinal));

    private IEnumerable<Subnet> SubnetsOf(Network network) => Topology.SubnetsByNetwork[network.Id].Select(id => Topology.Subnets[id]);

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T? Pick<T>(IEnumerable<T> items)
        where T : class
    {
        T[] all = [.. items];
        return all.Length == 0 ? null : all[_random.Next(all.Length)];
    }
}
