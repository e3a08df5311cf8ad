using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>One element of a request's fixed_ips: a subnet and any of its addresses, an address on whichever subnet has it, or both.</summary>
public readonly record struct FixedIpRequest(Guid? SubnetId, IpAddress? Address);
