using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class NameCalculatorTests
{
    private readonly CompiledCloud _compiled = new();
    private readonly Network _network;
    private readonly Port _port;

    public NameCalculatorTests()
    {
        _network = _compiled.Cloud.AddNetwork();
        _port = _compiled.Cloud.AddPort(_network, "", [_compiled.Cloud.AddSubnet(_network, "10.0.0.0/24")]);
    }

    [Theory]
    [InlineData("Web", "", "web.openstacklocal")]
    [InlineData("web", "Blue.example.", "web.blue.example")]
    [InlineData("web.other.example.", "blue.example.", "web.other.example")]
    public void A_name_is_whole_and_in_lower_case(string name, string domain, string full)
    {
        _compiled.Cloud.Put(_port with { DnsName = name });
        _compiled.Compile();
        _compiled.Cloud.Put(_network with { DnsDomain = domain });
        _compiled.Row<NameRow>().ShouldBe(new NameRow(_port.Id, _network.Id, full, [_port.FixedIps[0].Address]));
    }

    [Fact]
    public void A_port_without_a_name_or_without_an_address_has_none()
    {
        _compiled.Rows<NameRow>().ShouldBeEmpty();
        _compiled.Cloud.Put(_port with { DnsName = "web", FixedIps = default });
        _compiled.Rows<NameRow>().ShouldBeEmpty();
    }
}
