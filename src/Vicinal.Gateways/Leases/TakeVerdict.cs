using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Leases;

/// <summary>A witness' answer to one take.</summary>
/// <param name="Refused">Null: granted.</param>
/// <param name="Known">The newest epoch that the witness knows.</param>
/// <param name="Holder">The host that holds it, or -1.</param>
/// <param name="RetryAfter">Nanoseconds.</param>
internal readonly record struct TakeVerdict(Refusal? Refused, Epoch Known, int Holder, long RetryAfter)
{
    public static TakeVerdict Granted => new(null, default, -1, 0);
}
