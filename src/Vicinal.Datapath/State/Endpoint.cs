using Vicinal.Forwarding;

namespace Vicinal.Datapath.State;

/// <summary>A port of a tunnelled segment, wherever it is.</summary>
internal sealed class Endpoint(uint slot)
{
    public EndpointRow Row { get; set; } = null!;

    /// <summary>Null while the port is unbound.</summary>
    public RemoteNode? Node { get; set; }

    public uint Slot { get; } = slot;

    public bool IsHere => Node?.IsSelf ?? false;
}
