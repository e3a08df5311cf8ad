using Vicinal.Model.Resources;

namespace Vicinal.Server.Store;

/// <summary>
/// Where the model outlives the process. One instance has one caller, the writer's thread, and one process has the store:
/// a second one that opens the same store is refused.
/// </summary>
public interface IStore : IDisposable
{
    /// <summary>Everything that was committed; called once, before the first commit.</summary>
    /// <exception cref="StoreException">The store cannot be read or was written by a newer program.</exception>
    StoredState Load();

    /// <summary>Returns when the commit is on stable storage, wholly; throws when it is not, and then nothing of it will be seen.</summary>
    /// <exception cref="StoreException">The commit was not made.</exception>
    void Commit(StoreCommit commit);
}

/// <summary>What a store holds after its last commit.</summary>
/// <param name="NextPortKeys">By network; a port key is never used twice, so the next one outlives the port that had the last.</param>
/// <param name="SegmentationCursors">By space, the segmentation id drawn last: the search for a free one goes on behind it.</param>
public sealed record StoredState(
    IReadOnlyList<Resource> Resources, long Revision, IReadOnlyDictionary<Guid, uint> NextPortKeys, IReadOnlyDictionary<string, uint> SegmentationCursors)
{
    public static StoredState Empty { get; } = new([], 0, new Dictionary<Guid, uint>(), new Dictionary<string, uint>());
}

/// <summary>The store failed; the message says what and, where that is known, what to do.</summary>
/// <param name="isLasting">Trying again is pointless or unsafe until the server is restarted.</param>
public sealed class StoreException(string message, bool isLasting = false, Exception? inner = null) : Exception(message, inner)
{
    public bool IsLasting { get; } = isLasting;
}
