using System.Diagnostics;
using System.Text.Json.Nodes;
using Vicinal.Bench.Processes;
using Vicinal.Lab;
using Vicinal.Lab.Plan;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Processes;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Bench.Migration;

/// <summary>Two computes, two gateway nodes, and a tenant whose router changes its kind under traffic. Whatever ends the bench, it is taken away.</summary>
internal sealed class MigrationCloud : IDisposable
{
    private readonly string _directory;
    private readonly LabCloud _cloud;
    private readonly RoutedTenant _tenant;
    private readonly EchoServer _internet;
    private readonly IpAddress _floating;
    private readonly IpAddress _behind;

    private MigrationCloud(LabCloud cloud, string directory, RouterKind kind)
    {
        _cloud = cloud;
        _directory = directory;
        _internet = EchoServer.Start(cloud.Namespace("internet"), OpenGroup.EchoPort, cloud.Plan.Internet, cloud.Plan.InternetV6);
        _tenant = RoutedTenant.Create(
            cloud, ExternalNetwork.Create(cloud), OpenGroup.Create(cloud.Neutron), 1, kind, ("a1", "a", "c1"), ("b2", "b", "c2"));
        (_, _floating) = _tenant.FloatingIp("b2");
        _behind = _tenant.RouteBehind("b2", IpPrefix.Parse("192.168.77.0/24", null));
    }

    public string Datapath => _cloud.ReadDatapaths()[0].Kind;

    private static string Program => Path.Combine(AppContext.BaseDirectory, "vicinal.dll");

    public static MigrationCloud Up(string name, RouterKind kind)
    {
        LabPlan plan = new()
        {
            Name = name,
            Nodes = [new LabNode("c1", "dvr", 11), new LabNode("c2", "dvr", 12), new LabNode("g1", "dvr_snat", 21), new LabNode("g2", "dvr_snat", 22)],
        };
        string directory = BenchDirectory.Create();
        Interruption.Undo(() => Remove(plan, directory));
        try
        {
            return new MigrationCloud(LabCloud.Up(plan, LabProgram.FromAssembly(Program), directory), directory, kind);
        }
        catch
        {
            Remove(plan, directory);
            throw;
        }
    }

    /// <summary>Changes the router's kind under traffic, and waits until all is as it was.</summary>
    public MigrationSample Measure(Action<RoutedTenant> change)
    {
        using TenantTraffic traffic = TenantTraffic.Start(_cloud, (_tenant["a1"], _tenant["b2"]), _floating, _behind);
        long start = Stopwatch.GetTimestamp();
        change(_tenant);
        double took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        traffic.WaitForAnswers(300);
        return new MigrationSample(took, traffic.BrokenConversations(), traffic.Finish());
    }

    /// <summary>`vicinal migrate router`, as a user runs it.</summary>
    public void Migrate(RoutedTenant tenant, RouterKind kind)
    {
        using Process command = NamespaceCommand.Start(
            _cloud.Namespace("server"), "dotnet", Program, "migrate", "router", tenant.RouterName,
            "--to", kind.Distributed ? "distributed" : "centralized", kind.Ha ? "--ha" : "--no-ha", "--yes", "--format", "json");
        string output = command.StandardOutput.ReadToEnd();
        string errors = command.StandardError.ReadToEnd();
        command.WaitForExit();
        if (command.ExitCode != 0)
        {
            throw new InvalidOperationException($"vicinal migrate ended with {command.ExitCode}: {errors}\n{output}");
        }
    }

    /// <summary>Down, changed, up: by the API as fast as it answers, so the outage is the shortest that this way can have.</summary>
    public void ByTheChapter(RoutedTenant tenant, RouterKind kind)
    {
        foreach (JsonObject step in (JsonObject[])
        [
            new() { ["admin_state_up"] = false }, new() { ["ha"] = kind.Ha }, new() { ["distributed"] = kind.Distributed }, new() { ["admin_state_up"] = true },
        ])
        {
            _cloud.Neutron.Update("routers", tenant.Router, step);
        }

        _cloud.WaitApplied();
    }

    /// <summary>The same with the openstack client, a process for each step, as an operator types it.</summary>
    public void ByTheClient(RoutedTenant tenant, RouterKind kind)
    {
        foreach (string option in (string[])["--disable", kind.Ha ? "--ha" : "--no-ha", kind.Distributed ? "--distributed" : "--centralized", "--enable"])
        {
            NamespaceCommand.Run(
                _cloud.Namespace("server"), "env", "OS_AUTH_TYPE=none", $"OS_ENDPOINT=http://127.0.0.1:{LabCloud.ApiPort}",
                "/usr/bin/openstack", "router", "set", option, tenant.RouterName);
        }

        _cloud.WaitApplied();
    }

    public void Dispose()
    {
        _internet.Dispose();
        _cloud.Dispose();
        BenchDirectory.Delete(_directory);
    }

    private static void Remove(LabPlan plan, string directory)
    {
        LabCloud.Sweep(plan);
        BenchDirectory.Delete(directory);
    }
}

/// <summary>One change of a router's kind under traffic.</summary>
/// <param name="Took">From the command's start to its end, in milliseconds.</param>
/// <param name="Broken">The ways whose TCP connection ended.</param>
internal sealed record MigrationSample(double Took, IReadOnlyList<string> Broken, IReadOnlyDictionary<string, TrafficLoss> Losses);
