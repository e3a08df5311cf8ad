using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

/// <summary>Keys and actions must mean the same to a program in the kernel, so each field has a place that never shifts.</summary>
public sealed class FlowLayoutTests
{
    [Theory]
    [InlineData(nameof(FlowKey.Source), 0)]
    [InlineData(nameof(FlowKey.Destination), 16)]
    [InlineData(nameof(FlowKey.InputIndex), 32)]
    [InlineData(nameof(FlowKey.InputPeer), 36)]
    [InlineData(nameof(FlowKey.SourcePort), 40)]
    [InlineData(nameof(FlowKey.DestinationPort), 42)]
    [InlineData(nameof(FlowKey.EtherType), 44)]
    [InlineData(nameof(FlowKey.Vlan), 46)]
    [InlineData(nameof(FlowKey.DestinationMac), 48)]
    [InlineData(nameof(FlowKey.SourceMac), 54)]
    [InlineData(nameof(FlowKey.InputKind), 60)]
    [InlineData(nameof(FlowKey.Protocol), 61)]
    [InlineData(nameof(FlowKey.Reserved), 62)]
    public void Each_field_of_the_key_is_at_its_offset(string field, int offset) => OffsetOf<FlowKey>(field).ShouldBe(offset);

    [Theory]
    [InlineData(nameof(FlowAction.OutputKind), 0)]
    [InlineData(nameof(FlowAction.Encapsulation), 1)]
    [InlineData(nameof(FlowAction.Rewrites), 2)]
    [InlineData(nameof(FlowAction.OutputIndex), 4)]
    [InlineData(nameof(FlowAction.MaxL3Length), 8)]
    [InlineData(nameof(FlowAction.MinTtl), 10)]
    [InlineData(nameof(FlowAction.TtlDecrement), 11)]
    [InlineData(nameof(FlowAction.TcpMask), 12)]
    [InlineData(nameof(FlowAction.TcpValue), 13)]
    [InlineData(nameof(FlowAction.DropReason), 14)]
    [InlineData(nameof(FlowAction.ConnectionCount), 15)]
    [InlineData(nameof(FlowAction.DestinationMac), 16)]
    [InlineData(nameof(FlowAction.SourceMac), 22)]
    [InlineData(nameof(FlowAction.SourcePort), 28)]
    [InlineData(nameof(FlowAction.DestinationPort), 30)]
    [InlineData(nameof(FlowAction.HeaderDifference), 32)]
    [InlineData(nameof(FlowAction.TransportDifference), 34)]
    [InlineData(nameof(FlowAction.PseudoHeaderDifference), 36)]
    [InlineData(nameof(FlowAction.VlanId), 38)]
    [InlineData(nameof(FlowAction.Vni), 40)]
    [InlineData(nameof(FlowAction.PortKeys), 44)]
    [InlineData(nameof(FlowAction.Deadline), 48)]
    [InlineData(nameof(FlowAction.GenerationCount), 56)]
    [InlineData(nameof(FlowAction.TunnelSourcePort), 58)]
    [InlineData(nameof(FlowAction.VerifiedAt), 60)]
    [InlineData(nameof(FlowAction.Source), 64)]
    [InlineData(nameof(FlowAction.Destination), 80)]
    [InlineData(nameof(FlowAction.TunnelRemote), 96)]
    [InlineData(nameof(FlowAction.Connections), 112)]
    [InlineData(nameof(FlowAction.Generations), 160)]
    public void Each_field_of_the_action_is_at_its_offset(string field, int offset) => OffsetOf<FlowAction>(field).ShouldBe(offset);

    [Fact]
    public void Sizes_are_fixed_and_nothing_is_a_reference()
    {
        Unsafe.SizeOf<FlowKey>().ShouldBe(64);
        Unsafe.SizeOf<FlowAction>().ShouldBe(224);
        Unsafe.SizeOf<PackedMac>().ShouldBe(6);
        Unsafe.SizeOf<FlowConnection>().ShouldBe(12);
        Unsafe.SizeOf<GenerationStamp>().ShouldBe(8);
        RuntimeHelpers.IsReferenceOrContainsReferences<FlowKey>().ShouldBeFalse();
        RuntimeHelpers.IsReferenceOrContainsReferences<FlowAction>().ShouldBeFalse();
        RuntimeHelpers.IsReferenceOrContainsReferences<FlowEntry>().ShouldBeFalse();
    }

    [Fact]
    public void A_key_is_the_same_bytes_whether_its_fields_are_set_one_by_one_or_taken_from_a_packet()
    {
        FlowInput input = new(FlowInputKind.Tunnel, 0x01020304, 0x05060708);
        byte[] frame = PacketBuilder.Tagged(PacketBuilder.Udp(TrackerHarness.Forward, 0x0A0B, 0x0C0D, []), new VlanTag(0, false, 0x123));
        FlowKey.TryFrom(TrackerHarness.Parse(frame), in input, out FlowKey taken).ShouldBeTrue();
        FlowKey set = new()
        {
            Source = TrackerHarness.Forward.Source,
            Destination = TrackerHarness.Forward.Destination,
            InputIndex = 0x01020304,
            InputPeer = 0x05060708,
            SourcePort = 0x0A0B,
            DestinationPort = 0x0C0D,
            EtherType = EtherType.Ipv4,
            Vlan = FlowKey.VlanPresent | 0x123,
            DestinationMac = new PackedMac(TrackerHarness.MacB),
            SourceMac = new PackedMac(TrackerHarness.MacA),
            InputKind = FlowInputKind.Tunnel,
            Protocol = IpProtocol.Udp,
        };
        taken.ShouldBe(set);
        taken.Input.ShouldBe(input);
    }

    [Fact]
    public void A_mac_has_its_octets_in_the_order_of_the_wire()
    {
        MacAddress mac = MacAddress.Parse("02:11:22:33:44:55");
        PackedMac packed = new(mac);
        Span<byte> bytes = stackalloc byte[6];
        packed.Write(bytes);
        bytes.ToArray().ShouldBe([0x02, 0x11, 0x22, 0x33, 0x44, 0x55]);
        packed.Value.ShouldBe(mac);
    }

    [Fact]
    public void The_numbers_that_a_program_would_switch_on_do_not_move()
    {
        ((int)FlowInputKind.LocalPort, (int)FlowInputKind.Tunnel, (int)FlowInputKind.Physical, (int)FlowInputKind.Host).ShouldBe((1, 2, 3, 4));
        ((int)FlowInputKind.Service, (int)FlowOutputKind.Service).ShouldBe((5, 5));
        ((int)FlowOutputKind.Drop, (int)FlowOutputKind.Port, (int)FlowOutputKind.Tunnel).ShouldBe((0, 1, 2));
        ((int)FlowOutputKind.Physical, (int)FlowOutputKind.Host).ShouldBe((3, 4));
        ((int)Encapsulation.Geneve, (int)Encapsulation.Vxlan, (int)Encapsulation.Gre).ShouldBe((1, 2, 3));
        Enum.GetValues<Rewrite>().Where(bit => System.Numerics.BitOperations.IsPow2((int)bit)).Select(bit => (int)bit)
            .ShouldBe([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]);
    }

    /// <summary>Writes all ones into one field by its name and looks for them in the bytes of the whole.</summary>
    private static int OffsetOf<T>(string name)
        where T : unmanaged
    {
        FieldInfo field = typeof(T).GetField(name)!;
        object boxed = default(T);
        field.SetValue(boxed, AllOnes(field.FieldType, out int size));
        T value = (T)boxed;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        int offset = bytes.IndexOfAnyExcept((byte)0);
        bytes.Slice(offset, size).ContainsAnyExcept((byte)0xFF).ShouldBeFalse();
        bytes[(offset + size)..].ContainsAnyExcept((byte)0).ShouldBeFalse();
        return offset;
    }

    private static object AllOnes(Type type, out int size)
    {
        MethodInfo make = typeof(FlowLayoutTests).GetMethod(nameof(Ones), BindingFlags.NonPublic | BindingFlags.Static)!;
        (object value, size) = ((object, int))make.MakeGenericMethod(type).Invoke(null, null)!;
        return value;
    }

    private static (object Value, int Size) Ones<T>()
        where T : unmanaged
    {
        T value = default;
        MemoryMarshal.AsBytes(new Span<T>(ref value)).Fill(0xFF);
        return (value, Unsafe.SizeOf<T>());
    }
}
