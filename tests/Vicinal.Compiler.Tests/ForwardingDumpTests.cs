using System.Runtime.CompilerServices;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;
using Vicinal.Packets;

namespace Vicinal.Compiler.Tests;

/// <summary>
/// The compiled state of a small cloud as a file that people read in a review. VICINAL_WRITE_GOLDEN=1 rewrites it.
/// </summary>
public sealed class ForwardingDumpTests
{
    [Fact]
    public void A_small_cloud_compiles_to_the_golden_dump()
    {
        string dump = ForwardingDump.Write(ForwardingCompiler.Full(SmallCloud()).Snapshot);
        if (Environment.GetEnvironmentVariable("VICINAL_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(SourceOf("small-cloud.txt"), dump);
        }

        dump.ShouldBe(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "small-cloud.txt")));
    }

    /// <summary>Two computes and a gateway; two networks on a router with a gateway; a provider port; a floating IP; two groups.</summary>
    private static Model.Topology SmallCloud()
    {
        CloudBuilder cloud = new();
        cloud.AddAgent("c1", "dvr", "physnet1");
        cloud.AddAgent("c2", "dvr", "physnet1");
        cloud.AddAgent("g1", "dvr_snat", "physnet1");
        SecurityGroup members = cloud.AddGroup();
        cloud.AddRule(members, "egress");
        cloud.AddRule(members, "ingress", members);
        SecurityGroup web = cloud.AddGroup();
        cloud.Put(cloud.AddRule(web, prefix: "0.0.0.0/0") with { Protocol = "tcp", ProtocolNumber = 6, PortRangeMin = 80, PortRangeMax = 443 });

        Network external = cloud.AddExternalNetwork();
        Subnet outside = cloud.AddSubnet(external, "203.0.113.0/24");
        Network blue = cloud.AddNetwork();
        Subnet blueV4 = cloud.AddSubnet(blue, "10.0.0.0/24");
        Subnet blueV6 = cloud.AddSubnet(blue, "2001:db8::/64");
        Network red = cloud.AddNetwork("vlan", "physnet2");
        Subnet redV4 = cloud.AddSubnet(red, "10.0.1.0/24");

        Router router = cloud.AddRouter();
        cloud.AddInterface(router, blue, blueV4);
        cloud.AddInterface(router, blue, blueV6);
        cloud.AddInterface(router, red, redV4);
        router = cloud.SetGateway(router, external, [outside], "g1");
        cloud.Put(router with { Routes = [new HostRoute(IpPrefix.Parse("192.168.0.0/16"), IpAddress.Parse("10.0.0.9"))] });

        Port first = cloud.AddPort(blue, "c1", [blueV4, blueV6], members, web);
        cloud.Put(first with { AllowedAddressPairs = [new AddressPair(IpPrefix.Parse("10.0.0.100/32"), first.MacAddress)] });
        cloud.AddPort(red, "c2", [redV4], members);
        cloud.AddPort(external, "c2", [outside]);
        cloud.AddFloatingIp(external, outside, router, first);
        return cloud.Publish().After;
    }

    private static string SourceOf(string name, [CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "Golden", name);
}
