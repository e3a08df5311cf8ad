using System.Diagnostics;
using Vicinal.Compiler;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;

// Compile time and memory of clouds of several sizes, and the cost of one more thing in each of them.
foreach (int ports in args.Length > 0 ? args.Select(int.Parse) : [1_000, 5_000, 10_000, 50_000])
{
    long start = GC.GetTotalMemory(true);
    Stopwatch clock = Stopwatch.StartNew();
    SizedCloud sized = new(ports);
    TimeSpan built = clock.Elapsed;
    long model = GC.GetTotalMemory(true);

    clock.Restart();
    ForwardingCompiler compiler = ForwardingCompiler.Full(sized.Built.After);
    TimeSpan full = clock.Elapsed;
    long compiled = GC.GetTotalMemory(true);
    int rows = compiler.Snapshot.Units.Sum(static u => u.Count);
    int subscriptions = compiler.Snapshot.Hosts.Sum(h => compiler.Snapshot.UnitsOf(h).Count);
    Console.WriteLine($"{ports} ports, {rows} rows, {subscriptions} subscriptions: model {built.TotalMilliseconds:f0} ms {(model - start) >> 20} MiB,"
        + $" full compile {full.TotalMilliseconds:f0} ms {(compiled - model) >> 20} MiB");

    CloudBuilder cloud = sized.Cloud;
    int n = 0;
    (Router Router, Network Network, Subnet Subnet, SecurityGroup Group) Place() => sized.Places[n++ % sized.Places.Count];
    Port port = sized.Ports[0];
    FloatingIp floatingIp = sized.Built.After.FloatingIps.Values.First();
    Measure("one more port", () =>
    {
        (_, Network network, Subnet subnet, SecurityGroup group) = Place();
        cloud.AddPort(network, sized.Hosts[n % sized.Hosts.Count], [subnet], group);
    });
    Measure("port becomes ACTIVE", () => cloud.Put(cloud.Topology.Ports[port.Id] with { Status = n++ % 2 == 0 ? "ACTIVE" : "DOWN" }));
    Measure("port moves to another host", () => cloud.Put(cloud.Topology.Ports[port.Id] with { BindingHostId = sized.Hosts[n++ % sized.Hosts.Count] }));
    Measure("floating IP moves", () => cloud.Put(cloud.Topology.FloatingIps[floatingIp.Id] with { PortId = sized.Ports[n++ % 100].Id }));
    Measure("one more rule", () => cloud.AddRule(Place().Group, prefix: "192.0.2.0/24"));
    Measure("router joins a network, new", () =>
    {
        Network network = cloud.AddNetwork();
        cloud.AddInterface(Place().Router, network, cloud.AddSubnet(network, "172.16.0.0/24"));
    });

    void Measure(string what, Action edit)
    {
        const int Times = 200;
        double[] edits = new double[Times];
        double[] compiles = new double[Times];
        int keys = 0;
        int steps = 0;
        for (int i = 0; i < Times; i++)
        {
            long t0 = Stopwatch.GetTimestamp();
            edit();
            Step step = cloud.Publish();
            long t1 = Stopwatch.GetTimestamp();
            CompileResult result = compiler.Apply(step.Before, step.After, step.Changes);
            compiles[i] = Stopwatch.GetElapsedTime(t1).TotalMicroseconds;
            edits[i] = Stopwatch.GetElapsedTime(t0, t1).TotalMicroseconds;
            keys = Math.Max(keys, result.Work.RecomputedKeys);
            steps = Math.Max(steps, result.Work.SubscriptionSteps);
        }

        Array.Sort(edits);
        Array.Sort(compiles);
        Console.WriteLine($"  {what,-28} model p50 {edits[Times / 2],7:f1} us p99 {edits[Times * 99 / 100],7:f1}   compile p50 {compiles[Times / 2],7:f1} us"
            + $" p99 {compiles[Times * 99 / 100],7:f1} us   at most {keys} keys, {steps} subscription steps");
    }
}
