namespace Vicinal.Packets.Tests;

public sealed class IpPrefixTests
{
    [Theory]
    [InlineData("10.0.0.5/24", "10.0.0.0/24", "10.0.0.255")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0", "255.255.255.255")]
    [InlineData("2001:db8::1/64", "2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff")]
    [InlineData("::/0", "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Host_bits_are_dropped(string text, string canonical, string last)
    {
        IpPrefix prefix = IpPrefix.Parse(text, null);
        prefix.ToString().ShouldBe(canonical);
        prefix.Last.ToString().ShouldBe(last);
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.300.0/24")]
    [InlineData("10.0.0/24")]
    [InlineData("010.0.0.0/8")]
    [InlineData("::ffff:10.0.0.1/128")]
    [InlineData("fe80::1%eth0/64")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    public void What_is_not_a_cidr_is_refused(string text) => IpPrefix.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void An_ipv4_default_route_does_not_hold_ipv6() =>
        IpPrefix.Parse("0.0.0.0/0", null).Contains(IpAddress.Parse("2001:db8::1")).ShouldBeFalse();
}
