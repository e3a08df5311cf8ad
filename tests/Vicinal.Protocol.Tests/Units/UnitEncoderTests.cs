using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Protocol.Framing;
using Vicinal.Protocol.Rows;
using Vicinal.Protocol.Units;

namespace Vicinal.Protocol.Tests.Units;

public sealed class UnitEncoderTests
{
    private static readonly Guid s_network = Guid.NewGuid();

    [Fact]
    public void A_large_unit_is_sent_in_parts_of_bounded_size()
    {
        EndpointRow[] rows = [.. Enumerable.Range(0, 20_000).Select(Endpoint)];
        EncodedUnit encoded = UnitEncoder.State(UnitId.Network(s_network), 7, rows);
        encoded.Frames.Count.ShouldBeGreaterThan(4);
        encoded.Frames.Max(f => f.Length).ShouldBeLessThan(UnitEncoder.PartSize * 3 / 2);
        List<Wire.UnitState> parts = [.. encoded.Frames.Select(f => Wire.ServerMessage.Parser.ParseFrom(f[FrameReader.HeaderSize..].Span).UnitState)];
        parts.Select(p => p.First).ShouldBe([true, .. Enumerable.Repeat(false, parts.Count - 1)]);
        parts.Select(p => p.Last).ShouldBe([.. Enumerable.Repeat(false, parts.Count - 1), true]);
        parts.SelectMany(p => p.Rows).Select(RowCodec.Decode).ShouldBe(rows);
    }

    [Fact]
    public void A_row_that_cannot_be_encoded_harms_only_itself()
    {
        EndpointRow good = Endpoint(1);
        EndpointRow tooLarge = Endpoint(2) with { Addresses = Enumerable.Range(0, 300_000).Select(i => IpAddress.FromIpv4((uint)i)).ToValueList() };
        SegmentRow broken = new(s_network, Encapsulation.Geneve, 1, null, 0, Mtu: -1, External: false, AdminUp: true);
        EncodedUnit state = UnitEncoder.State(UnitId.Network(s_network), 7, [tooLarge, good, broken]);
        Wire.UnitState message = Wire.ServerMessage.Parser.ParseFrom(state.Frames.ShouldHaveSingleItem()[FrameReader.HeaderSize..].Span).UnitState;
        RowCodec.Decode(message.Rows.ShouldHaveSingleItem()).ShouldBe(good);
        state.Problems.Select(p => p.Key).ShouldBe([tooLarge.Key, broken.Key]);

        // In a delta the older row of the key goes: stale is worse than absent.
        EncodedUnit delta = UnitEncoder.Delta(UnitId.Network(s_network), 7, 8, [new RowChange(broken.Unit, broken.Key, broken)]).ShouldNotBeNull();
        Wire.UnitDelta change = Wire.ServerMessage.Parser.ParseFrom(delta.Frames.ShouldHaveSingleItem()[FrameReader.HeaderSize..].Span).UnitDelta;
        change.Puts.ShouldBeEmpty();
        RowCodec.Decode(change.Removals.ShouldHaveSingleItem()).ShouldBe(broken.Key);
    }

    [Fact]
    public void Changes_too_many_for_a_message_are_not_sent_as_a_delta() =>
        UnitEncoder.Delta(UnitId.Network(s_network), 1, 2, Enumerable.Range(0, 20_000).Select(Endpoint).Select(r => new RowChange(r.Unit, r.Key, r)))
            .ShouldBeNull();

    [Fact]
    public void A_digest_is_a_function_of_the_rows_and_of_nothing_else()
    {
        EndpointRow[] rows = [.. Enumerable.Range(0, 50).Select(Endpoint)];
        UnitDigest digest = UnitEncoder.State(UnitId.Network(s_network), 1, rows).Digest;
        UnitEncoder.State(UnitId.Network(s_network), 9, rows.Reverse()).Digest.ShouldBe(digest);
        UnitEncoder.State(UnitId.Network(s_network), 9, rows.Skip(1)).Digest.ShouldNotBe(digest);
        (UnitEncoder.State(UnitId.Network(s_network), 9, rows.Skip(1)).Digest + UnitDigest.Of(RowCodec.Encode(rows[0]))).ShouldBe(digest);
        UnitDigest.Read(digest.ToByteString()).ShouldBe(digest);
    }

    private static EndpointRow Endpoint(int i) => new(
        s_network, new Guid(i, 0, 0, new byte[8]), (uint)i, new MacAddress((ulong)i), [IpAddress.FromIpv4((uint)i)], "c1", AnyAddress: false);
}
