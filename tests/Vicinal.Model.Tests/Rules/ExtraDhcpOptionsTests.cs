using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class ExtraDhcpOptionsTests
{
    [Theory]
    [InlineData("bootfile-name", "pxelinux.0", 4, 67, "7078656C696E75782E30")]
    [InlineData("67", "pxelinux.0", 4, 67, "7078656C696E75782E30")]
    [InlineData("server-ip-address", "192.0.2.9", 4, 0, "C0000209")]
    [InlineData("ntp-server", "192.0.2.1,192.0.2.2", 4, 42, "C0000201C0000202")]
    [InlineData("42", "192.0.2.1", 4, 42, "C0000201")]
    [InlineData("mtu", "1400", 4, 26, "0578")]
    [InlineData("default-ttl", "64", 4, 23, "40")]
    [InlineData("arp-timeout", "65536", 4, 35, "00010000")]
    [InlineData("ip-forward-enable", "1", 4, 19, "01")]
    [InlineData("domain-search", "a.b,c", 4, 119, "01610162000163" + "00")]
    [InlineData("vendor-encap", "0x0104DEADBEEF", 4, 43, "0104DEADBEEF")]
    [InlineData("224", "192.0.2.1", 4, 224, "C0000201")]
    [InlineData("224", "0xff", 4, 224, "FF")]
    [InlineData("224", "word", 4, 224, "776F7264")]
    [InlineData("dns-server", "2001:db8::1", 6, 23, "20010DB8000000000000000000000001")]
    [InlineData("bootfile-url", "tftp://x", 6, 59, "746674703A2F2F78")]
    public void An_option_is_read_as_what_it_is(string name, string value, int version, int code, string octets)
    {
        (ushort read, Packets.ValueList<byte> bytes) = ExtraDhcpOptions.Encode(new ExtraDhcpOption(name, value, version));
        read.ShouldBe((ushort)code);
        Convert.ToHexString(bytes.Span).ShouldBe(octets);
    }

    [Theory]
    [InlineData("bootfile-name", "x\ndhcp-script=/bin/sh", 4)]
    [InlineData("224", "x\ny", 4)]
    [InlineData("bootfile-name", "x\0y", 4)]
    [InlineData("bootfile-name", "ü", 4)]
    [InlineData("bootfile-name", "", 4)]
    [InlineData("no-such-option", "1", 4)]
    [InlineData("tag:x,option:router", "10.0.0.1", 4)]
    [InlineData("router\n", "10.0.0.1", 4)]
    [InlineData("mtu", "65536", 4)]
    [InlineData("mtu", "-1", 4)]
    [InlineData("ip-forward-enable", "yes", 4)]
    [InlineData("ntp-server", "192.0.2.1,x", 4)]
    [InlineData("ntp-server", "2001:db8::1", 4)]
    [InlineData("server-ip-address", "192.0.2.1,192.0.2.2", 4)]
    [InlineData("dns-server", "192.0.2.1", 6)]
    [InlineData("vendor-encap", "0x123", 4)]
    [InlineData("domain-search", "a..b", 4)]
    [InlineData("53", "1", 4)]
    [InlineData("0", "1", 4)]
    [InlineData("255", "1", 4)]
    [InlineData("70000", "1", 4)]
    [InlineData("1", "0x00", 6)]
    public void What_is_no_such_value_and_what_is_not_the_owners_to_say_is_refused_by_its_name(string name, string value, int version)
    {
        NeutronFault fault = Should.Throw<NeutronFault>(() => ExtraDhcpOptions.Encode(new ExtraDhcpOption(name, value, version)));
        fault.Status.ShouldBe(400);
        fault.Message.ShouldContain("extra_dhcp_opts");
        fault.Message.ShouldContain(name);
    }

    [Fact]
    public void A_value_that_no_option_can_hold_is_refused() =>
        Should.Throw<NeutronFault>(() => ExtraDhcpOptions.Encode(new ExtraDhcpOption("bootfile-name", new string('x', 256), 4)));

    [Fact]
    public void Every_name_is_there_once_and_is_no_part_of_the_protocol()
    {
        foreach (DhcpOptionName[] names in new[] { DhcpOptionName.V4.ToArray(), DhcpOptionName.V6.ToArray() })
        {
            names.Select(static n => n.Name).ShouldBeUnique();
            names.Select(static n => n.Code).ShouldBeUnique();
        }

        DhcpOptionName.V4.ShouldAllBe(static n => n.Code < 255 && !(n.Code >= 50 && n.Code <= 59));
    }

    [Fact]
    public void A_request_changes_what_it_names_and_null_takes_away()
    {
        Packets.ValueList<ExtraDhcpOption> before = ExtraDhcpOptions.Apply(default, [new("mtu", "1400", 4), new("ntp-server", "192.0.2.1", 4)]);
        ExtraDhcpOptions.Apply(before, [new("mtu", null, 4), new("ntp-server", "192.0.2.2", 4), new("wpad", "x", 4)])
            .ShouldBe([new ExtraDhcpOption("ntp-server", "192.0.2.2", 4), new ExtraDhcpOption("wpad", "x", 4)]);
    }

    [Fact]
    public void One_option_by_name_and_by_number_is_refused_and_so_are_too_many()
    {
        Should.Throw<NeutronFault>(() => ExtraDhcpOptions.Apply(default, [new("mtu", "1400", 4), new("26", "1400", 4)])).Message.ShouldContain("twice");
        ExtraDhcpOptionRequest[] many = [.. Enumerable.Range(151, ExtraDhcpOptions.Most + 1).Select(static i => new ExtraDhcpOptionRequest($"{i}", "x", 4))];
        Should.Throw<NeutronFault>(() => ExtraDhcpOptions.Apply(default, many)).Message.ShouldContain("at most");
    }
}
