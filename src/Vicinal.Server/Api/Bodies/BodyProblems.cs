using Vicinal.Model;

namespace Vicinal.Server.Api.Bodies;

/// <summary>All that is wrong with one body, in the order found.</summary>
internal sealed class BodyProblems
{
    private readonly List<NeutronFault> _faults = [];

    public void Add(string message) => Add(NeutronFault.BadRequest(message));

    public void Add(NeutronFault fault) => _faults.Add(fault);

    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
        {
            throw new NeutronFault(_faults[0].Status, _faults[0].Type, string.Join(" ", _faults.Select(f => f.Message).Distinct(StringComparer.Ordinal)));
        }
    }
}
