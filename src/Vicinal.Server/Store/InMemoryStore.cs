using Vicinal.Model.Resources;

namespace Vicinal.Server.Store;

/// <summary>A store that lasts as long as the object: for tests, simulations and demonstrations.</summary>
public sealed class InMemoryStore : IStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Type, Guid), Resource> _resources = [];
    private readonly Dictionary<Guid, uint> _portKeys = [];
    private readonly Dictionary<string, uint> _segmentationCursors = [];
    private long _revision;

    /// <summary>How many commits were made: tests of group commit compare it with the number of writes.</summary>
    public int Commits { get; private set; }

    /// <summary>When set, it is called before each commit and may throw: the disk that fails.</summary>
    public Action<StoreCommit>? BeforeCommit { get; set; }

    public StoredState Load()
    {
        lock (_lock)
        {
            return new StoredState([.. _resources.Values], _revision, new Dictionary<Guid, uint>(_portKeys), new Dictionary<string, uint>(_segmentationCursors));
        }
    }

    public void Commit(StoreCommit commit)
    {
        BeforeCommit?.Invoke(commit);
        lock (_lock)
        {
            foreach (Resource removal in commit.Removals)
            {
                _resources.Remove((removal.GetType(), removal.Id));
            }

            foreach (Resource put in commit.Puts)
            {
                _resources[(put.GetType(), put.Id)] = put;
            }

            foreach ((Guid network, uint? next) in commit.PortKeys)
            {
                if (next is { } key)
                {
                    _portKeys[network] = key;
                }
                else
                {
                    _portKeys.Remove(network);
                }
            }

            foreach ((string space, uint last) in commit.SegmentationCursors)
            {
                _segmentationCursors[space] = last;
            }

            _revision = commit.Revision;
            Commits++;
        }
    }

    public void Dispose()
    {
    }
}
