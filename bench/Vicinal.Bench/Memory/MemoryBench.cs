using System.Text.Json.Nodes;
using Vicinal.Bench.Labs;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;
using Vicinal.Compiler;
using Vicinal.Model;
using Vicinal.Model.Tests.Clouds;
using Vicinal.Protocol.Units;

namespace Vicinal.Bench.Memory;

/// <summary>What server and agents hold in memory as a cloud grows, and how much of the cloud reaches one node.</summary>
internal static class MemoryBench
{
    private const int PortsOfNetwork = 100;
    private const int NetworksOfProject = 5;

    /// <param name="arguments">Numbers of ports.</param>
    public static Section Run(string[] arguments)
    {
        int[] sizes = arguments.Length > 0 ? [.. arguments.Select(int.Parse)] : [1_000, 10_000];
        Section section = new("Memory, and what reaches a node");
        section.Line("OVN 23.03 at 10,000 ports: northd 407 MB, southbound database 363 MB, one controller 1,108 MB, one vswitchd 694 MB; with routers that share one");
        section.Line("external network every chassis held the flows of all of them.");
        section.Line("");
        Reach(section, sizes);
        section.Line("");
        Processes(section, sizes);
        return section;
    }

    /// <summary>
    /// Compiled in memory: 250 ports a node, each project's 500 ports in five networks on a router and in one group whose members admit each
    /// other. Spread, every project has ports on nearly every node, so nearly everything concerns everyone; packed is the other end.
    /// </summary>
    private static void Reach(Section section, int[] sizes)
    {
        section.Header("ports in the cloud", "projects' ports", "nodes", "rows", "rows of one node, median", "bytes to one node", "part of the cloud");
        foreach (int ports in sizes)
        {
            SizedCloud sized = new(ports);
            Row("spread over all nodes", sized.Built.After);
            for (int i = 0; i < sized.Ports.Count; i++)
            {
                sized.Cloud.Put(sized.Ports[i] with { BindingHostId = sized.Hosts[i * sized.Hosts.Count / sized.Ports.Count] });
            }

            Row("packed", sized.Cloud.Publish().After);

            void Row(string placement, Topology topology)
            {
                ForwardingSnapshot snapshot = ForwardingCompiler.Full(topology).Snapshot;
                int all = snapshot.Units.Sum(static unit => unit.Count);
                Samples rows = new();
                Samples bytes = new();
                foreach (string host in sized.Hosts)
                {
                    List<UnitTable> units = [.. snapshot.UnitsOf(host).Select(snapshot.Unit)];
                    rows.Add(units.Sum(static unit => unit.Count));
                    bytes.Add(units.Sum(static unit => UnitEncoder.State(unit.Id, unit.Revision, unit.Rows).Bytes));
                }

                section.Row($"{ports:n0}", placement, $"{sized.Hosts.Count}", $"{all:n0}", $"{rows.Median:n0}", $"{bytes.Median:n0}", $"{100 * rows.Median / all:f1} %");
            }
        }
    }

    /// <summary>
    /// Processes in namespaces: networks of 100 ports, five of a project; the ports of every hundredth network are on c1, all others on c2.
    /// Nothing is plugged, so this is the memory of the state alone.
    /// </summary>
    private static void Processes(Section section, int[] sizes)
    {
        using BenchLab lab = BenchLab.Up(Leftovers.LabName("memory"));
        section.Header("ports made through the API", "ports on c1", "server RSS MiB", "agent c1 MiB", "agent c2 MiB", "gateway g1 MiB");
        int networks = 0;
        Row(0);
        foreach (int ports in sizes)
        {
            for (; networks * PortsOfNetwork < ports; networks++)
            {
                AddNetwork(lab, networks);
            }

            // A last word in sequence, since the ports were made by several clients at once.
            lab.Api.Update("networks", lab.Blue, new JsonObject { ["description"] = $"{ports} ports" });
            lab.WaitApplied();
            Row(ports);
        }

        void Row(int ports) => section.Row($"{ports:n0}", $"{Math.Min(ports, (networks + 99) / 100 * PortsOfNetwork):n0}", Resident(lab.Cloud.Server.Id),
            Resident(lab.Cloud.Agent("c1").Id), Resident(lab.Cloud.Agent("c2").Id), Resident(lab.Cloud.Agent("g1").Id));
    }

    private static string Resident(int pid) => $"{ProcessStatus.ResidentMiB(pid):f0}";

    private static void AddNetwork(BenchLab lab, int number)
    {
        string project = $"{number / NetworksOfProject:x32}";
        string network = (string)lab.Api.Create("networks", new JsonObject { ["name"] = $"m{number}", ["project_id"] = project })["id"]!;
        lab.Api.Create("subnets", new JsonObject
        {
            ["network_id"] = network,
            ["project_id"] = project,
            ["ip_version"] = 4,
            ["cidr"] = $"10.{100 + (number / 256)}.{number % 256}.0/24",
            ["enable_dhcp"] = false,
        });
        Parallel.For(0, PortsOfNetwork, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => lab.Api.Create("ports", new JsonObject
        {
            ["network_id"] = network,
            ["project_id"] = project,
            ["binding:host_id"] = number % 100 == 0 ? "c1" : "c2",
            ["device_owner"] = "compute:nova",
        }));
    }
}
