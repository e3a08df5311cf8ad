using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Vicinal.Protocol.Gateways;
using Vicinal.Protocol.Rows;

namespace Vicinal.Protocol.Tests.Gateways;

public sealed class GatewayRoleCodecTests
{
    [Fact]
    public void Every_role_survives_the_wire() => Prop.ForAll<Guid, ulong, byte>((router, epoch, number) =>
    {
        GatewayRoleReport report = new(router, (GatewayRole)(number % 3), epoch);
        Wire.AgentMessage message = GatewayRoleCodec.Encode(all: true, [report]).ShouldHaveSingleItem();
        Wire.AgentMessage read = Wire.AgentMessage.Parser.ParseFrom(message.ToByteString());
        read.GatewayRoles.All.ShouldBeTrue();
        GatewayRoleCodec.Decode(read.GatewayRoles).ShouldBe([report]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_roles_are_no_message() => GatewayRoleCodec.Encode(all: true, []).ShouldBeEmpty();

    [Fact]
    public void A_role_that_is_not_known_or_a_router_without_its_id_refuses_the_whole_message()
    {
        Wire.GatewayRole good = new() { Router = WireValues.Of(Guid.NewGuid()), Role = 2, Epoch = ulong.MaxValue };
        GatewayRoleCodec.Decode(new Wire.GatewayRoles { Roles = { good } }).Count.ShouldBe(1);
        Refusal(good, new Wire.GatewayRole(good) { Role = 3 }).ShouldContain("a gateway role of 3");
        Refusal(good, new Wire.GatewayRole(good) { Role = uint.MaxValue }).ShouldContain("a gateway role of 4294967295");
        Refusal(good, new Wire.GatewayRole(good) { Router = ByteString.Empty }).ShouldContain("an identifier of 0 octets");
        Refusal(good, new Wire.GatewayRole(good) { Router = ByteString.CopyFrom(new byte[17]) }).ShouldContain("an identifier of 17 octets");
    }

    [Fact]
    public void Damaged_bytes_are_roles_or_a_fault_and_nothing_else() => Prop.ForAll<int, byte>((position, value) =>
    {
        GatewayRoleReport[] reports = [new(Guid.NewGuid(), GatewayRole.Active, 1UL << 40), new(Guid.NewGuid(), GatewayRole.Standby, 0)];
        byte[] bytes = GatewayRoleCodec.Encode(all: false, reports).Single().GatewayRoles.ToByteArray();
        bytes[(int)((uint)position % bytes.Length)] = value;
        try
        {
            GatewayRoleCodec.Decode(Wire.GatewayRoles.Parser.ParseFrom(bytes)).ShouldAllBe(report => Enum.IsDefined(report.Role));
        }
        catch (Exception refusal) when (refusal is WireFault or InvalidProtocolBufferException)
        {
            // Refused cleanly.
        }
    }).QuickCheckThrowOnFailure();

    private static string Refusal(params Wire.GatewayRole[] roles) =>
        Should.Throw<WireFault>(() => GatewayRoleCodec.Decode(new Wire.GatewayRoles { Roles = { roles } })).Message;
}
