using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Protocol.Rows;

namespace Vicinal.Protocol.Tests.Rows;

public sealed class RowCodecTests
{
    [Fact]
    public void Every_row_of_every_type_survives_the_wire()
    {
        RandomRows.Types.Count.ShouldBeGreaterThanOrEqualTo(12);
        Prop.ForAll<int>(seed =>
        {
            RandomRows rows = new(seed);
            foreach (Type type in RandomRows.Types)
            {
                Row row = rows.Next(type);
                RowCodec.Decode(RowCodec.Encode(row)).ShouldBe(row);
                RowCodec.Decode(RowCodec.Encode(row.Key)).ShouldBe(row.Key);
                RowCodec.Decode(RowCodec.Encode(row.Unit)).ShouldBe(row.Unit);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_row_is_encoded_the_same_each_time_for_digests_compare_bytes() =>
        Prop.ForAll<int>(seed => RowCodec.Encode(new RandomRows(seed).Next()).ShouldBe(RowCodec.Encode(new RandomRows(seed).Next())))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Damaged_bytes_are_a_row_or_a_fault_and_nothing_else() => Prop.ForAll<int, int, byte>((seed, position, value) =>
    {
        byte[] bytes = RowCodec.Encode(new RandomRows(seed).Next()).ToByteArray();
        bytes[(int)((uint)position % bytes.Length)] = value;
        DecodeOrFault(bytes);
        DecodeOrFault(bytes[..(int)((uint)position % bytes.Length)]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_a_row_or_a_fault() => Prop.ForAll<byte[]>(DecodeOrFault).QuickCheckThrowOnFailure();

    [Fact]
    public void A_field_that_a_newer_peer_added_is_passed_over()
    {
        NodeRow row = new(Guid.NewGuid(), "c1", IpAddress.Parse("192.0.2.1"));
        Wire.Row message = Wire.Row.Parser.ParseFrom(RowCodec.Encode(row));

        // Field 1000, length-delimited, of two octets.
        byte[] newer = [.. message.Node.ToByteArray(), 0xC2, 0x3E, 0x02, 0x01, 0x02];
        byte[] bytes = [0x0A, (byte)newer.Length, .. newer];
        RowCodec.Decode(ByteString.CopyFrom(bytes)).ShouldBe(row);
    }

    [Fact]
    public void A_row_of_a_kind_that_a_newer_peer_added_is_refused() =>
        Refusal(new byte[] { 0xC2, 0x3E, 0x02, 0x01, 0x02 }).ShouldContain("a kind that this program does not know");

    [Fact]
    public void What_would_be_read_as_something_wider_is_refused()
    {
        Wire.FilterRule rule = new() { GroupId = WireValues.Of(Guid.NewGuid()), RuleId = WireValues.Of(Guid.NewGuid()), Direction = 1 };
        Decode(new Wire.Row { FilterRule = rule }).ShouldBeOfType<FilterRuleRow>();
        Refusal(With(rule, r => r.Direction = 7)).ShouldContain("direction 7");
        Refusal(With(rule, r => r.Protocol = 256)).ShouldContain("256");
        Refusal(With(rule, r => r.RangeMin = 65536)).ShouldContain("65536");
        Refusal(With(rule, r => r.RemotePrefix = ByteString.Empty)).ShouldContain("empty prefix");
        Refusal(With(rule, r => r.RemotePrefix = ByteString.CopyFrom(10, 0, 0, 0, 33))).ShouldContain("length of 33");
        Refusal(With(rule, r => r.RemotePrefix = ByteString.CopyFrom(10, 0, 0, 1, 8))).ShouldContain("host bits");
        Refusal(With(rule, r => r.RemoteGroup = ByteString.CopyFrom(1))).ShouldContain("identifier of 1 octets");
    }

    [Fact]
    public void A_v4_mapped_address_is_refused()
    {
        byte[] mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 1];
        Wire.Node node = new() { NodeId = WireValues.Of(Guid.NewGuid()), Host = "c1", TunnelAddress = ByteString.CopyFrom(mapped) };
        Refusal(new Wire.Row { Node = node }.ToByteArray()).ShouldContain("v4-mapped");
    }

    [Fact]
    public void A_row_has_the_same_bytes_in_every_release()
    {
        // Changing this breaks agents and servers of different releases: add fields, do not change them.
        RouteRow row = new(
            Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), IpPrefix.Parse("10.1.0.0/16"), IpAddress.Parse("2001:db8::1"));
        Convert.ToHexString(RowCodec.Encode(row).Span).ShouldBe(
            "3A2B0A1000112233445566778899AABBCCDDEEFF12050A010000101A1020010DB8000000000000000000000001");
    }

    private static byte[] With(Wire.FilterRule rule, Action<Wire.FilterRule> change)
    {
        Wire.FilterRule copy = rule.Clone();
        change(copy);
        return new Wire.Row { FilterRule = copy }.ToByteArray();
    }

    private static Row Decode(Wire.Row row) => RowCodec.Decode(row.ToByteString());

    private static string Refusal(byte[] bytes) => Should.Throw<WireFault>(() => RowCodec.Decode(ByteString.CopyFrom(bytes))).Message;

    private static void DecodeOrFault(byte[] bytes)
    {
        try
        {
            _ = RowCodec.Decode(ByteString.CopyFrom(bytes));
        }
        catch (WireFault)
        {
            // Refused cleanly.
        }
    }
}
