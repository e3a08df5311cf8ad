using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Gateways;

/// <summary>Something that another thread has to tell the election. Runs on the gateway thread.</summary>
/// <param name="now">Nanoseconds of the monotonic clock.</param>
internal delegate void GatewayInput(GatewayElection election, long now, GatewayEffects effects);
