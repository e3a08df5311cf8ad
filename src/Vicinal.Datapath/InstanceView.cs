using Vicinal.Forwarding;

namespace Vicinal.Datapath;

/// <summary>The instance behind a port, with all of its ports that this node has.</summary>
public sealed record InstanceView(InstanceRow Instance, IReadOnlyList<InstancePort> Ports);

/// <summary>A port of an instance, its network, and the subnets that its addresses are of.</summary>
public sealed record InstancePort(LocalPortRow Port, InstanceRow Instance, SegmentRow Network, IReadOnlyList<SubnetRow> Subnets);
