using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Tests;

/// <summary>Sites read from texts in memory.</summary>
internal static class Reading
{
    public const string SiteFile = "site.yaml";

    /// <summary>Three computes, two gateway nodes and a server, and nothing to find but notes.</summary>
    public const string Sound = """
        tls: /etc/vicinal/tls
        vlan-ranges: [physnet1:100:199]
        external: {physical-network: physnet1, subnet: 203.0.113.0/24, gateway: 203.0.113.1}
        roles:
          compute: &node
            nics: {eth0: 1500, eth1: 1500}
            tunnel-nic: eth0
            bridge-mappings: {physnet1: eth1}
          gateway: *node
        nodes:
          ctl: {roles: [server], address: 192.0.2.10}
          c1: {roles: [compute], tunnel-ip: 192.0.2.21}
          c2: {roles: [compute], tunnel-ip: 192.0.2.22}
          c3: {roles: [compute], tunnel-ip: 192.0.2.23}
          g1: {roles: [gateway], tunnel-ip: 192.0.2.31}
          g2: {roles: [gateway], tunnel-ip: 192.0.2.32}

        """;

    /// <summary>The site of files by their names; those behind the first are environment files.</summary>
    public static (Site Site, FindingList Found) Read(params (string Name, string Text)[] files) =>
        ReadWith(files, [.. files.Skip(1).Select(file => file.Name)]);

    /// <summary>As above, with other files there that something may name.</summary>
    public static (Site Site, FindingList Found) ReadWith(IEnumerable<(string Name, string Text)> files, IReadOnlyList<string> environments)
    {
        Dictionary<string, string> texts = files.ToDictionary(file => file.Name, file => file.Text);
        return SiteReader.Read(texts.Keys.First(), environments, path => texts.TryGetValue(path, out string? text) ? new FileText(text, null) : new FileText(null, "no such file"));
    }

    /// <summary>All findings on the sound site with other files on top of it, checked as the command does.</summary>
    public static FindingList CheckSound(params string[] environments)
    {
        (string, string)[] files = [(SiteFile, Sound), .. environments.Select((text, i) => ($"e{i}.yaml", text))];
        return Check(Read(files));
    }

    public static FindingList Check((Site Site, FindingList Found) read)
    {
        SiteCheck.Run(read.Site, read.Found);
        return read.Found;
    }

    public static string[] Ids(this FindingList found) => [.. found.Select(finding => finding.Kind.Id)];

    /// <summary>The one finding of a kind.</summary>
    public static Finding Single(this FindingList found, FindingKind kind) =>
        found.Where(finding => finding.Kind == kind).ShouldHaveSingleItem(string.Join(", ", found.Select(finding => $"{finding.Kind.Id} {finding.Place} {finding.Message}")));
}
