using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class InstanceCalculatorTests
{
    private readonly CompiledCloud _compiled = new();
    private readonly Network _network;
    private readonly Subnet _subnet;

    public InstanceCalculatorTests()
    {
        _network = _compiled.Cloud.AddNetwork();
        _subnet = _compiled.Cloud.AddSubnet(_network, "10.0.0.0/24");
    }

    [Fact]
    public void An_unnamed_instance_is_called_after_its_address_in_the_clouds_domain()
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1", [_subnet]);
        _compiled.Row<InstanceRow>().ShouldBe(new InstanceRow(
            port.Id, port.DeviceId, port.ProjectId, "host-10-0-0-2", "openstacklocal", [new SubnetAddress(_subnet.Id, port.FixedIps[0].Address)], default));
    }

    [Fact]
    public void A_named_instance_has_its_name_in_the_networks_domain()
    {
        Port port = _compiled.Cloud.AddPort(_network, "c1", [_subnet]);
        _compiled.Cloud.Put(port with { DnsName = "web" });
        _compiled.Cloud.Put(_network with { DnsDomain = "blue.example." });
        InstanceRow row = _compiled.Row<InstanceRow>();
        row.HostName.ShouldBe("web");
        row.DnsDomain.ShouldBe("blue.example");
    }

    [Fact]
    public void A_domain_that_changes_reaches_the_instances_of_its_network()
    {
        _compiled.Cloud.AddPort(_network, "c1", [_subnet]);
        _compiled.Compile();
        _compiled.Cloud.Put(_network with { DnsDomain = "blue.example." });
        _compiled.Row<InstanceRow>().DnsDomain.ShouldBe("blue.example");
    }

    [Fact]
    public void Only_bound_ports_of_instances_have_one()
    {
        Router router = _compiled.Cloud.AddRouter();
        _compiled.Cloud.AddInterface(router, _network, _subnet);
        _compiled.Cloud.AddPort(_network, "", [_subnet]);
        _compiled.Rows<InstanceRow>().ShouldBeEmpty();
    }
}
