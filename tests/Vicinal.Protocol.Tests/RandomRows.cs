using System.Reflection;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Protocol.Tests;

/// <summary>
/// Rows of every type with random contents, made from their constructors: a type or a field that is added to the contract is
/// covered without a change here, or these tests say that they do not know how to fill it.
/// </summary>
internal sealed class RandomRows(int seed)
{
    private readonly Random _random = new(seed);

    public static IReadOnlyList<Type> Types { get; } =
        [.. typeof(Row).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Row)) && !t.IsAbstract).OrderBy(t => t.Name, StringComparer.Ordinal)];

    public Row Next() => Next(Types[_random.Next(Types.Count)]);

    public Row Next(Type type)
    {
        ConstructorInfo constructor = type.GetConstructors().Single(c => c.GetParameters().Length > 0);
        return (Row)constructor.Invoke([.. constructor.GetParameters().Select(p => Value(p.ParameterType, p.Name!, Nullability(p)))]);
    }

    private static bool Nullability(ParameterInfo parameter) =>
        new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;

    private object? Value(Type type, string name, bool nullable)
    {
        if (nullable && _random.Next(3) == 0)
        {
            return null;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueList<>))
        {
            return List(type.GetGenericArguments()[0]);
        }

        return type switch
        {
            _ when type.IsEnum => Enum.GetValues(type).GetValue(_random.Next(Enum.GetValues(type).Length)),
            _ when type == typeof(Guid) => Id(),
            _ when type == typeof(string) => Text(),
            _ when type == typeof(bool) => _random.Next(2) == 0,
            _ when type == typeof(byte) => (byte)_random.Next(256),
            _ when type == typeof(ushort) => (ushort)_random.Next(name == "VlanId" ? 4095 : 65536),
            _ when type == typeof(uint) => (uint)_random.NextInt64(name.EndsWith("Vni", StringComparison.Ordinal) ? 1 << 24 : 1L << 32),
            _ when type == typeof(int) => _random.Next(name == "Mtu" ? int.MaxValue : 256),
            _ when type == typeof(MacAddress) => new MacAddress((ulong)_random.NextInt64()),
            _ when type == typeof(IpAddress) => Address(),
            _ when type == typeof(IpPrefix) => Prefix(),
            _ when type == typeof(InterfaceAddress) => Interface(),
            _ when type == typeof(AllowedPair) => new AllowedPair(new MacAddress((ulong)_random.NextInt64()), Prefix()),
            _ when type == typeof(GatewayNode) => new GatewayNode(Text(), _random.Next(-5, 5)),
            _ when type == typeof(SubnetRoute) => new SubnetRoute(Prefix(), Address()),
            _ when type == typeof(SubnetAddress) => new SubnetAddress(Id(), Address()),
            _ when type == typeof(DhcpOptionValue) => new DhcpOptionValue(_random.Next(2) == 0, (ushort)_random.Next(65536), (ValueList<byte>)List(typeof(byte))),
            _ => throw new NotSupportedException($"no random {type.Name} for {name}"),
        };
    }

    private object List(Type element)
    {
        Array items = Array.CreateInstance(element, _random.Next(4));
        for (int i = 0; i < items.Length; i++)
        {
            items.SetValue(Value(element, "", nullable: false), i);
        }

        return typeof(ValueList).GetMethod(nameof(ValueList.ToValueList))!.MakeGenericMethod(element).Invoke(null, [items])!;
    }

    private Guid Id()
    {
        byte[] bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private string Text() => _random.Next(4) switch { 0 => "", 1 => "näme-ü-漢", _ => $"host{_random.Next(100)}" };

    private IpAddress Address() => _random.Next(4) switch
    {
        0 => IpAddress.Ipv6Any,
        1 => new IpAddress((ulong)_random.NextInt64() | 1UL << 60, (ulong)_random.NextInt64()),
        _ => IpAddress.FromIpv4((uint)_random.NextInt64(1L << 32)),
    };

    private IpPrefix Prefix()
    {
        IpAddress address = Address();
        return new IpPrefix(address, _random.Next(address.Bits + 1));
    }

    private InterfaceAddress Interface()
    {
        IpAddress address = Address();
        return new InterfaceAddress(address, _random.Next(address.Bits + 1));
    }
}
