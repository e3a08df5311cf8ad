using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>Two nodes on one wire, which know each other as peer 1 (left) and peer 2 (right).</summary>
public sealed class WirePair : IDisposable
{
    private readonly NetworkNamespace _left = NetworkNamespace.Create(KernelFixture.Unique("l"));
    private readonly NetworkNamespace _right = NetworkNamespace.Create(KernelFixture.Unique("r"));

    public WirePair(bool ipv4, AttachChoice attach = AttachChoice.Auto)
    {
        LeftAddress = IpAddress.Parse(ipv4 ? "192.0.2.1" : "2001:db8:ffff::1");
        RightAddress = IpAddress.Parse(ipv4 ? "192.0.2.2" : "2001:db8:ffff::2");
        using Rtnetlink left = Rtnetlink.Open(_left);
        using Rtnetlink right = Rtnetlink.Open(_right);
        left.CreateVeth(new VethEnd("nic") { Mtu = 1700 }, new VethEnd("nic") { Namespace = _right, Mtu = 1700 });
        Prepare(left, LeftAddress, RightAddress, right.GetLink("nic").MacAddress);
        Prepare(right, RightAddress, LeftAddress, left.GetLink("nic").MacAddress);
        VethReadiness.Await(_left, "nic", _right, "nic");
        Left = new WireNode(_left, "nic", LeftAddress, attach);
        Right = new WireNode(_right, "nic", RightAddress, attach);
        Left.Path.SetPeer(RightAddress, 2);
        Right.Path.SetPeer(LeftAddress, 1);
    }

    public IpAddress LeftAddress { get; }

    public IpAddress RightAddress { get; }

    public WireNode Left { get; }

    public WireNode Right { get; }

    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
        _left.Delete();
        _right.Delete();
    }

    private static void Prepare(Rtnetlink route, IpAddress own, IpAddress other, MacAddress mac)
    {
        route.DisableAddressGeneration("nic");
        route.SetUp("nic");
        route.AddAddress("nic", own, own.IsIpv4 ? 24 : 64);
        route.AddNeighbour("nic", other, mac);
    }
}
