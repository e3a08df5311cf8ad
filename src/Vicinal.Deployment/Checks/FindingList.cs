using System.Collections;
using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Checks;

/// <summary>The findings so far, in the order they were made.</summary>
public sealed class FindingList : IReadOnlyList<Finding>
{
    private readonly List<Finding> _findings = [];

    public int Count => _findings.Count;

    public Finding this[int index] => _findings[index];

    /// <summary>The worst severity; null where there is no finding.</summary>
    public Severity? Worst => _findings.Count == 0 ? null : _findings.Max(finding => finding.Kind.Severity);

    public void Add(FindingKind kind, Place place, string message, SiteNode? node = null) => _findings.Add(new Finding(kind, place, message, node?.Name));

    /// <summary>Runs what reads a value; its refusal becomes a finding.</summary>
    internal void Guard(Action read)
    {
        try
        {
            read();
        }
        catch (YamlFaultException e)
        {
            Add(FindingKinds.WrongType, e.Place, e.Message);
        }
    }

    public IEnumerator<Finding> GetEnumerator() => _findings.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
