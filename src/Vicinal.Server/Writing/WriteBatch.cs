using Vicinal.Model;

namespace Vicinal.Server.Writing;

/// <summary>
/// The requests that share one commit, each run on top of the former. A request that throws leaves no trace and has its
/// answer at once; the others wait for the commit, also those that changed nothing, since they may have read what is not durable yet.
/// </summary>
internal sealed class WriteBatch
{
    private readonly List<(WriteRequest Request, long Revision)> _waiting = [];
    private readonly List<Publication> _publications = [];

    private WriteBatch(Topology before) => (Before, After) = (before, before);

    public Topology Before { get; }

    public Topology After { get; private set; }

    /// <summary>One for each edit that changed something.</summary>
    public IReadOnlyList<Publication> Publications => _publications;

    public IEnumerable<ResourceChange> Changes => _publications.SelectMany(p => p.Changes);

    public static WriteBatch Run(Topology start, IReadOnlyList<WriteRequest> requests, DateTimeOffset now, Func<Guid> newId)
    {
        WriteBatch batch = new(start);
        foreach (WriteRequest request in requests)
        {
            if (request.IsAbandoned)
            {
                request.Abandon();
                continue;
            }

            batch.Run(request, new TopologyEdit(batch.After, now, newId));
        }

        return batch;
    }

    public void CompleteAll()
    {
        foreach ((WriteRequest request, long revision) in _waiting)
        {
            request.Complete(revision);
        }
    }

    public void FailAll(Exception reason)
    {
        foreach ((WriteRequest request, _) in _waiting)
        {
            request.Fail(reason);
        }
    }

    private void Run(WriteRequest request, TopologyEdit edit)
    {
        try
        {
            request.Run(edit);
        }
        catch (Exception reason)
        {
            request.Fail(reason);
            return;
        }

        if (edit.Changes.Count > 0)
        {
            Topology after = edit.Current with { Revision = After.Revision + 1 };
            _publications.Add(new Publication(After, after, edit.Changes));
            After = after;
        }

        _waiting.Add((request, After.Revision));
    }
}
