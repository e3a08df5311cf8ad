using System.Text.Json.Nodes;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;
using Vicinal.Scenarios.Tests.Traffic;

namespace Vicinal.Scenarios.Tests;

/// <summary>
/// The kernel's share of what passes tunnels of the other types than the cloud's own, on every way that has a tunnel in it; by a router that is not
/// distributed from one tunnel into another.
/// </summary>
[Collection(EbpfCloud.Name)]
public sealed class TunnelTypeShareTests(EbpfCloud scenario)
{
    private static readonly string[] s_types = ["vxlan", "gre"];

    private readonly KernelShare _share = new(scenario);

    public static TheoryData<string, string, bool> Paths
    {
        get
        {
            TheoryData<string, string, bool> paths = [];
            foreach (string type in s_types)
            {
                foreach (string path in (string[])["same network", "routed", "routed to Geneve", "by a centralized router"])
                {
                    paths.Add(type, path, false);
                    paths.Add(type, path, true);
                }

                paths.Add(type, "out by a gateway", false);
                paths.Add(type, "out by a centralized router", false);
                paths.Add(type, "centralized floating IP", false);
                paths.Add(type, "hairpin by a gateway", false);
            }

            return paths;
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Pings_after_the_first_are_carried_by_kernel_entries(string type, string path, bool ipv6)
    {
        using Scratch scratch = new(scenario);
        TestedPath tested = Open(scratch, type, path, ipv6);
        WaitServed(tested);
        _share.PingsAreCarried(tested, ipv6);
    }

    /// <summary>Super-packets in GRE are the agent's.</summary>
    [Theory]
    [InlineData("same network")]
    [InlineData("routed")]
    [InlineData("by a centralized router")]
    public void A_transfer_by_vxlan_is_carried_by_kernel_entries(string path)
    {
        using Scratch scratch = new(scenario);
        TestedPath tested = Open(scratch, "vxlan", path, ipv6: false);
        WaitServed(tested);
        _share.TransferIsCarried(tested);
    }

    /// <summary>A router that has just been made is served once its gateway nodes have agreed on who does.</summary>
    private void WaitServed(TestedPath tested) => scenario.Cloud.WaitFor(
        $"an answer of {tested.To}", () => PingProbe.Reaches(scenario.Cloud.Namespace(tested.From), tested.To), timeoutMilliseconds: 10_000);

    private TestedPath Open(Scratch scratch, string type, string path, bool ipv6)
    {
        IpAddress Of(Instance instance) => ipv6 ? instance.AddressV6 : instance.Address;
        IpAddress internet = scenario.Cloud.Plan.Internet;
        string near = Network(scratch, type, 1);
        string far = path switch
        {
            "same network" => near,
            "routed to Geneve" => Network(scratch, "geneve", 2),
            _ => Network(scratch, type, 2),
        };
        bool centralized = path.Contains("centralized", StringComparison.Ordinal);
        bool outside = path is not ("same network" or "routed" or "routed to Geneve" or "by a centralized router");
        if (near != far)
        {
            _ = scratch.Router(outside, !centralized, near, far);
        }

        Instance a = scratch.Boot("type-a", "c1", near);
        Instance b = scratch.Boot("type-b", "c2", far);
        _ = scratch.Echo(b.Name);
        scenario.Cloud.WaitActive(a, b);
        switch (path)
        {
            case "same network" or "routed" or "routed to Geneve":
                return new TestedPath(a.Name, Of(b), ["c1", "c2"], [Of(a)]);
            case "by a centralized router":
                return new TestedPath(a.Name, Of(b), ["c1", "g", "c2"], [Of(a)]);
            case "out by a gateway" or "out by a centralized router":
                return new TestedPath(a.Name, internet, ["c1", "g"], [internet]);
            case "centralized floating IP":
                (_, IpAddress floating) = scratch.FloatingIp(b);
                return new TestedPath("internet", floating, ["g", "c2"], [floating, b.Address]);
            case "hairpin by a gateway":
                (_, IpAddress target) = scratch.FloatingIp(b);
                return new TestedPath(a.Name, target, ["c1", "g", "c2"], [target, a.Address, b.Address]);
            default:
                throw new ArgumentException($"no path '{path}'", nameof(path));
        }
    }

    private static string Network(Scratch scratch, string type, int number)
    {
        string network = scratch.Network($"share-{type}", $"192.168.{70 + number}.0/24", new JsonObject { ["provider:network_type"] = type });
        _ = scratch.Subnet(network, $"fd00:70:{number}::/64");
        return network;
    }
}
