using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class LocalPortCalculatorTests
{
    private readonly CompiledCloud _compiled = new();

    [Fact]
    public void A_bound_port_tells_its_node_all_that_it_may_do()
    {
        Network network = _compiled.Cloud.AddNetwork();
        Subnet subnet = _compiled.Cloud.AddSubnet(network, "10.0.0.0/24");
        SecurityGroup group = _compiled.Cloud.AddGroup();
        MacAddress virtualMac = MacAddress.Parse("00:00:5e:00:01:07");
        Port port = _compiled.Cloud.AddPort(network, "c1", [subnet], group);
        _compiled.Cloud.Put(port with { AllowedAddressPairs = [new AddressPair(IpPrefix.Parse("0.0.0.0/0"), virtualMac)] });

        LocalPortRow row = _compiled.Row<LocalPortRow>();
        row.ShouldBe(new LocalPortRow(
            port.Id,
            network.Id,
            "c1",
            port.PortKey,
            port.MacAddress,
            [IpAddress.Parse("10.0.0.2")],
            [new AllowedPair(virtualMac, IpPrefix.Parse("0.0.0.0/0"))],
            PortSecurity: true,
            AdminUp: true,
            [group.Id]));
        row.DeviceName.ShouldBe("tap" + port.Id.ToString()[..11]);
    }

    [Fact]
    public void An_unbound_port_is_local_nowhere()
    {
        _compiled.Cloud.AddPort(_compiled.Cloud.AddNetwork());
        _compiled.Rows<LocalPortRow>().ShouldBeEmpty();
    }

    [Fact]
    public void A_port_that_is_administratively_down_stays_local_and_says_so()
    {
        Port port = _compiled.Cloud.AddPort(_compiled.Cloud.AddNetwork(), "c1");
        _compiled.Cloud.Put(port with { AdminStateUp = false });
        _compiled.Row<LocalPortRow>().AdminUp.ShouldBeFalse();
    }
}
