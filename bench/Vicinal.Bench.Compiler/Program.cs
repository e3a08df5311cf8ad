using System.Diagnostics;
using Vicinal.Bench.Compiler;
using Vicinal.Compiler;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;

// Full compile and memory of clouds of several sizes, and the cost of one more thing in each of them.
// Arguments are the numbers of ports. Exit code 1: one more port took a millisecond or more at some size.
bool met = true;
foreach (int ports in args.Length > 0 ? args.Select(int.Parse) : [1_000, 5_000, 10_000, 50_000])
{
    long start = GC.GetTotalMemory(true);
    SizedCloud sized = new(ports);
    long model = GC.GetTotalMemory(true);
    Stopwatch clock = Stopwatch.StartNew();
    ForwardingCompiler compiler = ForwardingCompiler.Full(sized.Built.After);
    TimeSpan full = clock.Elapsed;
    long compiled = GC.GetTotalMemory(true);
    int rows = compiler.Snapshot.Units.Sum(static u => u.Count);
    int subscriptions = compiler.Snapshot.Hosts.Sum(h => compiler.Snapshot.UnitsOf(h).Count);
    Console.WriteLine($"{ports} ports on {sized.Hosts.Count} hosts, {rows} rows, {subscriptions} subscriptions:"
        + $" full compile {full.TotalMilliseconds:f0} ms; model {(model - start) >> 20} MiB, compiled {(compiled - model) >> 20} MiB");

    EditBench bench = new(sized, compiler);
    CloudBuilder cloud = sized.Cloud;
    Port port = sized.Ports[0];
    FloatingIp floatingIp = sized.Built.After.FloatingIps.Values.First();
    met &= bench.Run("one more port", i =>
    {
        (_, Network network, Subnet subnet, SecurityGroup group) = Place(i);
        cloud.AddPort(network, Host(i), [subnet], group);
    }) < 1_000;
    bench.Run("port becomes ACTIVE or DOWN", i => Port(p => p with { Status = i % 2 == 0 ? PortStatus.Active : PortStatus.Down }));
    bench.Run("port moves to another host", i => Port(p => p with { BindingHostId = Host(i) }));
    bench.Run("floating IP moves", i => cloud.Put(cloud.Topology.FloatingIps[floatingIp.Id] with { PortId = sized.Ports[i % 100].Id }));
    bench.Run("one more rule", i => cloud.AddRule(Place(i).Group, prefix: "192.0.2.0/24"));
    bench.Run("one more network on a router", i =>
    {
        Network network = cloud.AddNetwork();
        cloud.AddInterface(Place(i).Router, network, cloud.AddSubnet(network, "172.16.0.0/24"));
    });

    (Router Router, Network Network, Subnet Subnet, SecurityGroup Group) Place(int i) => sized.Places[i % sized.Places.Count];
    string Host(int i) => sized.Hosts[i % sized.Hosts.Count];
    void Port(Func<Port, Port> change) => cloud.Put(change(cloud.Topology.Ports[port.Id]));
}

return met ? 0 : 1;
