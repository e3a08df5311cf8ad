using Vicinal.Compiler;
using Vicinal.Forwarding;
using Vicinal.Protocol.Sessions;
using Vicinal.Protocol.Units;

namespace Vicinal.Server.Distribution;

/// <summary>One compiled snapshot with the shared frames around it.</summary>
internal sealed class DistributionView(ForwardingSnapshot snapshot, UnitFrames frames) : IUnitSource
{
    public ForwardingSnapshot Snapshot => snapshot;

    public long Revision => snapshot.Revision;

    public IReadOnlySet<UnitId> UnitsOf(string host) => snapshot.UnitsOf(host);

    public long RevisionOf(UnitId unit) => snapshot.Unit(unit).Revision;

    public EncodedUnit State(UnitId unit) => frames.State(snapshot.Unit(unit));

    public IReadOnlyList<ReadOnlyMemory<byte>>? Deltas(UnitId unit, long from) => frames.Deltas(unit, from, RevisionOf(unit));
}
