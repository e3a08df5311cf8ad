using Vicinal.Datapath.Connections;

namespace Vicinal.Datapath.Pipeline;

/// <summary>What a walk has to say to the tracker once it is known that the packet passes.</summary>
internal struct ConnectionEffect
{
    public uint Zone;

    /// <summary>Of a known connection; none for one to commit.</summary>
    public ConnectionHandle Handle;

    public bool IsReply;

    /// <summary>The connection was asked again under the present rules and still is allowed.</summary>
    public bool IsReaffirmed;

    public CommitInfo Info;
    public ConnectionTuple Original;
    public ConnectionTuple Reply;

    public readonly bool IsNew => Handle.IsNone;
}
