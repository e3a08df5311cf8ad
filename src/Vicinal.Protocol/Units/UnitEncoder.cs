using Google.Protobuf;
using Vicinal.Forwarding;
using Vicinal.Protocol.Framing;
using Vicinal.Protocol.Rows;

namespace Vicinal.Protocol.Units;

/// <summary>A row that was left out of a unit, and why.</summary>
public readonly record struct RowProblem(UnitId Unit, RowKey Key, string Reason);

/// <summary>What is written to each subscriber of a unit: encoded once, shared by all.</summary>
/// <param name="Frames">Whole frames, in order.</param>
/// <param name="Digest">Of the rows encoded; zero for a delta.</param>
/// <param name="Problems">Rows that could not be encoded. They are absent, and removed where they were: the unit goes on without them.</param>
public sealed record EncodedUnit(IReadOnlyList<ReadOnlyMemory<byte>> Frames, UnitDigest Digest, IReadOnlyList<RowProblem> Problems)
{
    public long Bytes { get; } = Frames.Sum(frame => (long)frame.Length);
}

public static class UnitEncoder
{
    /// <summary>Rows of a large unit are sent in parts of about this size, so that none holds up a stream or a reader's memory for long.</summary>
    public const int PartSize = 256 << 10;

    /// <summary>A row above this is refused by itself; a part with it still fits a frame.</summary>
    public const int RowLimit = 1 << 20;

    public static EncodedUnit State(UnitId unit, long revision, IEnumerable<Row> rows)
    {
        List<ReadOnlyMemory<byte>> frames = [];
        List<RowProblem> problems = [];
        UnitDigest digest = default;
        Wire.UnitState part = new() { Unit = RowCodec.Encode(unit), Revision = revision, First = true };
        int size = 0;
        foreach (Row row in rows)
        {
            if (Encode(unit, row, problems) is not { } bytes)
            {
                continue;
            }

            if (size > 0 && size + bytes.Length > PartSize)
            {
                frames.Add(FrameWriter.Frame(new Wire.ServerMessage { UnitState = part }));
                part = new Wire.UnitState { Unit = part.Unit, Revision = revision };
                size = 0;
            }

            part.Rows.Add(bytes);
            digest += UnitDigest.Of(bytes);
            size += bytes.Length;
        }

        part.Last = true;
        frames.Add(FrameWriter.Frame(new Wire.ServerMessage { UnitState = part }));
        return new EncodedUnit(frames, digest, problems);
    }

    /// <summary>The changes between two revisions, or null when they are too many for one message: then the state is sent.</summary>
    public static EncodedUnit? Delta(UnitId unit, long from, long to, IEnumerable<RowChange> changes)
    {
        List<RowProblem> problems = [];
        Wire.UnitDelta delta = new() { Unit = RowCodec.Encode(unit), From = from, To = to };
        int size = 0;
        foreach (RowChange change in changes)
        {
            if (change.Row is { } row && Encode(unit, row, problems) is { } bytes)
            {
                delta.Puts.Add(bytes);
                size += bytes.Length;
            }
            else
            {
                delta.Removals.Add(RowCodec.Encode(change.Key));
                size += 64;
            }

            if (size > RowLimit)
            {
                return null;
            }
        }

        return new EncodedUnit([FrameWriter.Frame(new Wire.ServerMessage { UnitDelta = delta })], default, problems);
    }

    private static ByteString? Encode(UnitId unit, Row row, List<RowProblem> problems)
    {
        try
        {
            ByteString bytes = RowCodec.Encode(row);
            if (bytes.Length <= RowLimit)
            {
                return bytes;
            }

            problems.Add(new RowProblem(unit, row.Key, $"{bytes.Length} octets; the limit is {RowLimit}"));
        }
        catch (WireFault fault)
        {
            problems.Add(new RowProblem(unit, row.Key, fault.Message));
        }

        return null;
    }
}
