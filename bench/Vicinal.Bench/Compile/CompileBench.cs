using System.Diagnostics;
using Vicinal.Bench.Measuring;
using Vicinal.Compiler;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;

namespace Vicinal.Bench.Compile;

/// <summary>Full compile and memory of clouds of several sizes, and the cost of one more thing in each of them.</summary>
internal static class CompileBench
{
    /// <param name="arguments">The numbers of ports.</param>
    public static Section Run(string[] arguments)
    {
        Section section = new("Compiling: from nothing, and one change more");
        section.Line("Goal: one more port at most 1,000 us at every size, and flat. OVN 23.03 (northd's CPU for one more port): 220,000 us at 1 k, 5,100,000 us at 10 k;");
        section.Line("each controller 40,000 us and 1,300,000 us on top.");
        section.Line("");
        List<string> sizes = [];
        section.Header("ports", "edit", "model us", "compile us, median", "p99", "keys recomputed", "hosts told");
        foreach (int ports in arguments.Length > 0 ? arguments.Select(int.Parse) : [1_000, 10_000, 50_000])
        {
            long start = GC.GetTotalMemory(true);
            SizedCloud sized = new(ports);
            long model = GC.GetTotalMemory(true);
            Stopwatch clock = Stopwatch.StartNew();
            ForwardingCompiler compiler = ForwardingCompiler.Full(sized.Built.After);
            TimeSpan full = clock.Elapsed;
            long compiled = GC.GetTotalMemory(true);
            int rows = compiler.Snapshot.Units.Sum(static u => u.Count);
            sizes.Add($"{ports:n0} ports on {sized.Hosts.Count} hosts, {rows:n0} rows: full compile {full.TotalMilliseconds:f0} ms;"
                + $" model {(model - start) >> 20} MiB, compiled state {(compiled - model) >> 20} MiB.");
            Edit(sized, new EditBench(sized, compiler, section));
        }

        section.Line("");
        sizes.ForEach(size => section.Line($"- {size}"));
        return section;
    }

    private static void Edit(SizedCloud sized, EditBench bench)
    {
        CloudBuilder cloud = sized.Cloud;
        Port port = sized.Ports[0];
        FloatingIp floatingIp = sized.Built.After.FloatingIps.Values.First();
        bench.Run("one more port", i =>
        {
            (_, Network network, Subnet subnet, SecurityGroup group) = Place(i);
            cloud.AddPort(network, Host(i), [subnet], group);
        });
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
}
