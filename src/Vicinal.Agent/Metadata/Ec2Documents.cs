using Vicinal.Packets;

namespace Vicinal.Agent.Metadata;

/// <summary>What EC2's form has below meta-data: a tree of texts, in which a name that ends in a slash has names below it.</summary>
internal static class Ec2Documents
{
    /// <returns>Null: there is none.</returns>
    public static string? Find(string[] path, Requester requester, IReadOnlyList<string> keys) => path switch
    {
        [] => string.Join('\n', Names(requester, keys)),
        ["instance-id"] => requester.InstanceId,
        ["hostname" or "local-hostname"] when requester.HostName.Length > 0 => requester.HostName,
        ["local-ipv4"] => FirstIpv4(requester)?.ToString(),
        ["public-keys"] when keys.Count > 0 => string.Join('\n', keys.Select((key, i) => $"{i}={OpenStackDocuments.KeyName(key, i)}")),
        ["public-keys", { } number] when KeyAt(number, keys) is not null => "openssh-key",
        ["public-keys", { } number, "openssh-key"] => KeyAt(number, keys),
        _ => null,
    };

    private static IEnumerable<string> Names(Requester requester, IReadOnlyList<string> keys)
    {
        yield return "instance-id";
        if (requester.HostName.Length > 0)
        {
            yield return "hostname";
            yield return "local-hostname";
        }

        if (FirstIpv4(requester) is not null)
        {
            yield return "local-ipv4";
        }

        if (keys.Count > 0)
        {
            yield return "public-keys/";
        }
    }

    private static string? KeyAt(string number, IReadOnlyList<string> keys) =>
        int.TryParse(number, System.Globalization.NumberStyles.None, null, out int i) && i < keys.Count ? keys[i] : null;

    private static IpAddress? FirstIpv4(Requester requester) =>
        requester.Interfaces.SelectMany(i => i.Addresses).Where(a => a.Address.IsIpv4).Select(a => (IpAddress?)a.Address).FirstOrDefault();
}
