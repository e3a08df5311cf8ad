using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;
using Vicinal.Ebpf.Layout;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Layout;

/// <summary>What programs and agent share is laid out the same on both sides, and nothing is known to one side alone.</summary>
public sealed class LayoutTests
{
    private static readonly Lazy<CLayout> s_layout = new(CLayout.Read);

    /// <summary>Where the names are not the same but for their style; null: of no meaning in C#.</summary>
    private static readonly Dictionary<string, string?> s_names = new()
    {
        ["upcall.ether_type"] = nameof(UpcallHeader.EtherTypeWire),
        ["upcall.ifindex"] = nameof(UpcallHeader.InterfaceIndex),
        ["upcall.destination_mac"] = null,
        ["upcall.source_mac"] = null,
        ["own_mac.mac"] = nameof(KernelOwnMac.MacFirst),
        ["answer.mac"] = nameof(KernelAnswer.MacFirst),
        ["flow.action"] = null,
    };

    /// <summary>Structs whose six octets of a MAC are two fields in C#, which has no number of that size.</summary>
    private static readonly string[] s_splitMacs = ["own_mac", "answer"];

    /// <summary>Structs that the programs keep to themselves.</summary>
    private static readonly string[] s_private = ["pending"];

    /// <summary>Their fields are compared by the bytes of a value.</summary>
    private static readonly string[] s_simple = ["address", "stamp", "connection"];

    private static readonly Dictionary<string, Type> s_twins = new()
    {
        ["flow_key"] = typeof(FlowKey),
        ["flow_action"] = typeof(FlowAction),
        ["flow"] = typeof(KernelFlow),
        ["config"] = typeof(KernelConfig),
        ["input"] = typeof(KernelInput),
        ["peer"] = typeof(KernelPeer),
        ["own_mac"] = typeof(KernelOwnMac),
        ["upcall"] = typeof(UpcallHeader),
        ["answer_key"] = typeof(KernelAnswerKey),
        ["answer"] = typeof(KernelAnswer),
    };

    public static TheoryData<string> Twins => [.. s_twins.Keys];

    [Theory]
    [MemberData(nameof(Twins))]
    public void Each_field_stands_at_the_same_place_on_both_sides(string name)
    {
        Type twin = s_twins[name];
        HashSet<string> left = [.. FieldsOf(twin).Select(f => f.Name)];
        foreach (CField field in s_layout.Value.Fields(name).Where(f => f.Name != "unused"))
        {
            string? other = s_names.TryGetValue($"{name}.{field.Name}", out string? alias) ? alias : PascalCase(field.Name);
            if (other is null)
            {
                continue;
            }

            left.Remove(other).ShouldBeTrue($"{name}.{field.Name} has no twin {other} in {twin.Name}");
            ((int)Marshal.OffsetOf(twin, other)).ShouldBe(field.Offset, $"{name}.{field.Name}");
            if (field.Name != "mac" || !s_splitMacs.Contains(name))
            {
                SizeOf(twin.GetField(other)!.FieldType).ShouldBe(field.Size, $"{name}.{field.Name}");
            }
        }

        left.Remove(nameof(KernelOwnMac.MacRest)).ShouldBe(s_splitMacs.Contains(name));
        left.ShouldBeEmpty($"fields of {twin.Name} that are not in struct {name}");
        SizeOf(twin).ShouldBe(name == "flow" ? s_layout.Value.Fields(name).Single(f => f.Name == "action").Offset : s_layout.Value.SizeOf(name));
    }

    [Fact]
    public void Each_struct_has_a_twin() =>
        s_layout.Value.Structs.ShouldBe([.. s_twins.Keys, .. s_simple, .. s_private], ignoreOrder: true);

    [Fact]
    public void Values_within_structs_have_the_same_bytes()
    {
        Words(new IpAddress(1, 2)).ShouldBe([1, 0, 2, 0]);
        Words(new GenerationStamp(1, 2)).ShouldBe([1, 2]);
        Words(new FlowConnection(1, 2, 3)).ShouldBe([1, 2, 3]);
        s_layout.Value.Fields("address").Select(f => (f.Name, f.Offset)).ShouldBe([("high", 0), ("low", 8)]);
        s_layout.Value.Fields("stamp").Select(f => (f.Name, f.Offset)).ShouldBe([("slot", 0), ("value", 4)]);
        s_layout.Value.Fields("connection").Select(f => (f.Name, f.Offset)).ShouldBe([("index", 0), ("generation", 4), ("is_reply", 8)]);
    }

    [Fact]
    public void Sizes_of_map_values_are_those_of_the_structs()
    {
        CLayout c = s_layout.Value;
        KernelFlow.KeySize.ShouldBe(c.SizeOf("flow_key"));
        KernelFlow.ValueSize.ShouldBe(c.SizeOf("flow"));
        KernelFlow.ActionSize.ShouldBe(c.SizeOf("flow_action"));
        UpcallHeader.Size.ShouldBe(c.Constant("UPCALL_SIZE"));
        FlowAction.MaxGenerations.ShouldBe(c.Constant("MAX_GENERATIONS"));
        FastPath.LayoutVersion.ShouldBe(c.Constant("LAYOUT_VERSION"));
    }

    [Fact]
    public void Counters_are_read_in_the_order_that_they_are_counted_in()
    {
        string[] parameters = [.. typeof(FastPathCounters).GetConstructors().MaxBy(c => c.GetParameters().Length)!.GetParameters().Select(p => p.Name!)];
        s_layout.Value.Counters.Select(CounterName).ShouldBe(parameters);
        s_layout.Value.Counters.Select(s_layout.Value.Constant).ShouldBe(Enumerable.Range(0, FastPathCounters.Count));
    }

    [Fact]
    public void Constants_are_the_values_of_the_enums()
    {
        CLayout c = s_layout.Value;
        c.Constant("INPUT_PORT").ShouldBe((int)FlowInputKind.LocalPort);
        c.Constant("INPUT_TUNNEL").ShouldBe((int)FlowInputKind.Tunnel);
        c.Constant("INPUT_PHYSICAL").ShouldBe((int)FlowInputKind.Physical);
        c.Constant("OUTPUT_DROP").ShouldBe((int)FlowOutputKind.Drop);
        c.Constant("OUTPUT_PORT").ShouldBe((int)FlowOutputKind.Port);
        c.Constant("OUTPUT_TUNNEL").ShouldBe((int)FlowOutputKind.Tunnel);
        c.Constant("OUTPUT_PHYSICAL").ShouldBe((int)FlowOutputKind.Physical);
        c.Constant("ENCAP_GENEVE").ShouldBe((int)Encapsulation.Geneve);
        c.Constant("ENCAP_VXLAN").ShouldBe((int)Encapsulation.Vxlan);
        c.Constant("ENCAP_GRE").ShouldBe((int)Encapsulation.Gre);
        (c.Constant("LEASE_SHORT"), c.Constant("LEASE_LONG")).ShouldBe(((int)LeaseKind.Short, (int)LeaseKind.Long));
        (c.Constant("LEASE_SHORT"), c.Constant("LEASE_LONG")).ShouldBe(((int)GatewayLease.Short, (int)GatewayLease.Long));
        c.Constant("LEASES").ShouldBe(KernelLeaseSlots.Count);
        Rewrite[] rewrites = [Rewrite.DestinationMac, Rewrite.SourceMac, Rewrite.Source, Rewrite.Destination, Rewrite.SourcePort, Rewrite.DestinationPort, Rewrite.IcmpId, Rewrite.VlanPush, Rewrite.VlanPop, Rewrite.VlanSet, Rewrite.PortKeys];
        string[] names = ["DMAC", "SMAC", "SOURCE", "DESTINATION", "SPORT", "DPORT", "ICMP_ID", "VLAN_PUSH", "VLAN_POP", "VLAN_SET", "PORT_KEYS"];
        names.Select(n => c.Constant("REWRITE_" + n)).ShouldBe(rewrites.Select(r => (int)r));
        (c.Constant("NIC_TUNNEL"), c.Constant("NIC_PHYSICAL"), c.Constant("IS_PORT"), c.Constant("IS_DEVICE"))
            .ShouldBe(((int)InputKinds.Tunnel, (int)InputKinds.Physical, (int)InputKinds.Port, (int)InputKinds.Device));
        (c.Constant("UPCALL_VLAN"), c.Constant("UPCALL_DECAPSULATED")).ShouldBe(((int)UpcallFlags.Vlan, (int)UpcallFlags.Decapsulated));
    }

    private static FieldInfo[] FieldsOf(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Instance);

    private static uint[] Words<T>(T value)
        where T : unmanaged => MemoryMarshal.Cast<byte, uint>(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value))).ToArray();

    private static int SizeOf(Type type) => (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    private static string PascalCase(string name) => string.Concat(
        name.Split('_').Select(w => w == "ifindex" ? "Interface" : char.ToUpper(w[0], CultureInfo.InvariantCulture) + w[1..]));

    private static string CounterName(string member) => member switch
    {
        "COUNT_DEVICE" => "ByDevice",
        _ => PascalCase(member.Replace("COUNT_UPCALL_", "UPCALLS_", StringComparison.Ordinal).Replace("COUNT_", "", StringComparison.Ordinal).ToLowerInvariant()),
    };
}
