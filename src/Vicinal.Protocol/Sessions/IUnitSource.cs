using Vicinal.Forwarding;
using Vicinal.Protocol.Units;

namespace Vicinal.Protocol.Sessions;

/// <summary>The compiled cloud at one revision as a session sends it. Everything it answers belongs to that revision, however long the session takes.</summary>
public interface IUnitSource
{
    long Revision { get; }

    /// <summary>What the host needs to hold.</summary>
    IReadOnlySet<UnitId> UnitsOf(string host);

    /// <summary>The revision of the unit's last change, 0 for one without rows.</summary>
    long RevisionOf(UnitId unit);

    /// <summary>The unit's whole state, encoded once for all who ask.</summary>
    EncodedUnit State(UnitId unit);

    /// <summary>The changes from a revision on, or null where the history does not reach back to it.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>>? Deltas(UnitId unit, long from);
}
