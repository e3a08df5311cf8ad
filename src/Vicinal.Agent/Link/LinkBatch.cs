using Vicinal.Forwarding;

namespace Vicinal.Agent.Link;

/// <summary>
/// What the server sent up to one barrier: together it is the node's state at the revision, and is to be put into force as
/// one. The link tells the server so when the handler's task has ended.
/// </summary>
/// <param name="Changes">Real changes only, one for each row; may be empty.</param>
public sealed record LinkBatch(long Revision, IReadOnlyList<RowChange> Changes);
