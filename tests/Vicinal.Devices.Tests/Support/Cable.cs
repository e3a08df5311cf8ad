using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Support;

/// <summary>Two namespaces joined by a veth: eth0 in each, with an IPv4 and an IPv6 address.</summary>
public sealed class Cable : IDisposable
{
    public static readonly IpAddress AddressA = IpAddress.Parse("10.7.0.1");
    public static readonly IpAddress AddressB = IpAddress.Parse("10.7.0.2");
    public static readonly IpAddress AddressA6 = IpAddress.Parse("fd00:7::1");
    public static readonly IpAddress AddressB6 = IpAddress.Parse("fd00:7::2");

    public Cable(string word)
    {
        A = new TestNamespace(word + "a");
        B = new TestNamespace(word + "b");
        A.Route.CreateVeth(new VethEnd("eth0"), new VethEnd("eth0") { Namespace = B.Namespace });
        B.Route.SetUp("eth0");
        A.SetUp("eth0");
        B.SetUp("eth0");
        A.Route.AddAddress("eth0", AddressA, 24);
        B.Route.AddAddress("eth0", AddressB, 24);
        A.Route.AddAddress("eth0", AddressA6, 64);
        B.Route.AddAddress("eth0", AddressB6, 64);
    }

    public TestNamespace A { get; }

    public TestNamespace B { get; }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
    }
}
