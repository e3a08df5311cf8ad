using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Netlink;

public sealed class NetlinkParsingTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:00:01");

    [Fact]
    public void A_link_message_cut_or_garbled_anywhere_is_parsed_or_refused_without_an_error()
    {
        byte[] whole = LinkBody("tap0", 7, up: true);
        LinkMessage.TryParse(whole).ShouldNotBeNull().ShouldSatisfyAllConditions(
            l => l.Name.ShouldBe("tap0"), l => l.Index.ShouldBe(7), l => l.IsUp.ShouldBeTrue(), l => l.Kind.ShouldBe("veth"), l => l.MacAddress.ShouldBe(Mac));
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            _ = LinkMessage.TryParse(whole.AsSpan(0, cut));
        }

        Prop.ForAll<int, byte>((position, value) =>
        {
            byte[] garbled = [.. whole];
            garbled[(int)((uint)position % garbled.Length)] = value;
            _ = LinkMessage.TryParse(garbled);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_bytes_whatever_are_survived_by_every_parser()
    {
        Prop.ForAll<byte[]>(bytes =>
        {
            NetlinkReader reader = new(bytes);
            while (reader.Next())
            {
            }

            _ = LinkMessage.TryParse(bytes);
            _ = Rtnetlink.ParseAddress(bytes);
            _ = Rtnetlink.ParseRoute(bytes);
            _ = Rtnetlink.ParseNeighbour(bytes);
            _ = NfTables.ChainNameIn(bytes, "vicinal");
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_message_with_a_length_beyond_the_datagram_ends_the_walk()
    {
        NetlinkMessage message = new();
        _ = message.Begin(16, 0, 1, 4);
        message.End();
        _ = message.Begin(17, 0, 2, 4);
        message.End();
        byte[] bytes = message.Written.ToArray();
        MemoryMarshal.Write(bytes.AsSpan(20), 4096);
        NetlinkReader reader = new(bytes);
        reader.Next().ShouldBeTrue();
        reader.Next().ShouldBeFalse();
    }

    [Fact]
    public void Links_that_are_told_again_make_no_event_and_a_lost_end_is_found_by_the_next_list()
    {
        LinkTable table = new();
        List<LinkEvent> events = [];
        table.Apply(16, LinkBody("a", 1, up: false), events);
        table.Apply(16, LinkBody("a", 1, up: false), events);
        table.Apply(16, LinkBody("b", 2, up: false), events);
        table.Apply(16, LinkBody("a", 1, up: true), events);
        events.Select(e => (e.Change, e.Link.Name)).ShouldBe(
            [(LinkChange.Appeared, "a"), (LinkChange.Appeared, "b"), (LinkChange.Changed, "a")]);

        events.Clear();
        table.Replace([LinkMessage.TryParse(LinkBody("c", 3, up: true))!, LinkMessage.TryParse(LinkBody("b", 2, up: true))!], events);
        events.Select(e => (e.Change, e.Link.Name)).ShouldBe(
            [(LinkChange.Vanished, "a"), (LinkChange.Appeared, "c"), (LinkChange.Changed, "b")]);
        events.Clear();
        table.Apply(17, LinkBody("c", 3, up: false), events);
        table.Apply(17, LinkBody("c", 3, up: false), events);
        events.ShouldHaveSingleItem().Change.ShouldBe(LinkChange.Vanished);
    }

    [Fact]
    public void A_bridge_s_word_on_its_port_is_no_end_of_the_link()
    {
        byte[] body = LinkBody("tap0", 7, up: true);
        body[0] = 7;
        LinkMessage.TryParse(body).ShouldBeNull();
    }

    private static byte[] LinkBody(string name, int index, bool up)
    {
        NetlinkMessage message = new();
        LinkMessage.WriteFixed(message.Begin(16, 0, 1, LinkMessage.FixedSize), index, up ? 1u : 0);
        message.PutString(LinkMessage.IFLA_IFNAME, name);
        message.PutMac(LinkMessage.IFLA_ADDRESS, Mac);
        int info = message.BeginNest(LinkMessage.IFLA_LINKINFO);
        message.PutString(LinkMessage.IFLA_INFO_KIND, "veth");
        message.EndNest(info);
        message.End();
        return message.Written[16..].ToArray();
    }
}
