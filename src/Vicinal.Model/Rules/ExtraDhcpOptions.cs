using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>An element of extra_dhcp_opts in a request.</summary>
/// <param name="Value">Null takes the option away.</param>
public readonly record struct ExtraDhcpOptionRequest(string Name, string? Value, int IpVersion);

/// <summary>
/// A port's extra_dhcp_opts. Each is read when it is asked for, as what its option is: what a client is sent is octets of a known
/// kind, and nothing that a user writes is ever another program's configuration.
/// </summary>
public static class ExtraDhcpOptions
{
    /// <summary>More than any client is told; they all would have to fit one packet.</summary>
    public const int Most = 32;

    /// <summary>What is there, with what is asked for: a request names only what it changes.</summary>
    public static ValueList<ExtraDhcpOption> Apply(ValueList<ExtraDhcpOption> before, IReadOnlyList<ExtraDhcpOptionRequest> requests)
    {
        List<ExtraDhcpOption> after = [.. before];
        foreach (ExtraDhcpOptionRequest request in requests)
        {
            int place = after.FindIndex(option => option.Name == request.Name && option.IpVersion == request.IpVersion);
            if (request.Value is null)
            {
                after.RemoveAll(option => option.Name == request.Name && option.IpVersion == request.IpVersion);
                continue;
            }

            ExtraDhcpOption option = new(request.Name, request.Value, request.IpVersion);
            _ = Encode(option);
            if (place >= 0)
            {
                after[place] = option;
            }
            else
            {
                after.Add(option);
            }
        }

        RefuseTwice(after);
        return after.Count <= Most
            ? after.ToValueList()
            : throw NeutronFault.InvalidInput($"extra_dhcp_opts: a port has at most {Most} of them.");
    }

    /// <summary>The option's number, 0 for siaddr, and its value as it goes into the packet.</summary>
    /// <exception cref="NeutronFault">It names the option and says what is wrong with it.</exception>
    public static (ushort Code, ValueList<byte> Value) Encode(ExtraDhcpOption option)
    {
        DhcpOptionName name = NameOf(option);
        byte[]? value = DhcpOptionText.Read(name.Kind, option.Value, option.IpVersion);
        return value is { Length: > 0 and <= byte.MaxValue }
            ? (name.Code, value.ToValueList())
            : throw Refuse(option, $"'{option.Value}' is not what this option says: {DhcpOptionText.Describe(name.Kind, option.IpVersion)}");
    }

    private static DhcpOptionName NameOf(ExtraDhcpOption option)
    {
        IReadOnlyList<DhcpOptionName> names = option.IpVersion == 4 ? DhcpOptionName.V4 : DhcpOptionName.V6;
        bool number = ushort.TryParse(option.Name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out ushort code);
        if (number && !IsFree(code, option.IpVersion))
        {
            throw Refuse(option, "the server says that one itself, or there is no such option");
        }

        foreach (DhcpOptionName name in names)
        {
            if (number ? name.Code == code : name.Name == option.Name)
            {
                return name;
            }
        }

        return number ? new DhcpOptionName(option.Name, code, DhcpValueKind.Any) : throw Refuse(option, "no option of that name is known; its number will do");
    }

    /// <summary>How the conversation goes is no matter for a port's owner; nor are routes, which the subnet's host routes say.</summary>
    private static bool IsFree(ushort code, int version) => version == 4
        ? code is > 0 and < 255 and not ((>= 50 and <= 55) or (>= 57 and <= 59) or 61 or 82 or 121 or 249)
        : code is > 20 and not (25 or 26 or 39);

    /// <summary>By name and by number it is still one option.</summary>
    private static void RefuseTwice(List<ExtraDhcpOption> options)
    {
        HashSet<(int, ushort)> seen = [];
        foreach (ExtraDhcpOption option in options)
        {
            if (!seen.Add((option.IpVersion, NameOf(option).Code)))
            {
                throw Refuse(option, "it is there twice, by its name and by its number");
            }
        }
    }

    private static NeutronFault Refuse(ExtraDhcpOption option, string why) =>
        NeutronFault.InvalidInput($"extra_dhcp_opts, {option.Name} of IPv{option.IpVersion}: {why}.");
}
