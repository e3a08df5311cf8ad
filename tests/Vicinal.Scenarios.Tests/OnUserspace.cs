namespace Vicinal.Scenarios.Tests;

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceBootTests(UserspaceCloud cloud) : BootTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceFloatingIpMoveTests(UserspaceCloud cloud) : FloatingIpMoveTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceFlowTests(UserspaceCloud cloud) : FlowTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceHostIsolationTests(UserspaceCloud cloud) : HostIsolationTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceOpenStackClientTests(UserspaceCloud cloud) : OpenStackClientTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspacePortLifecycleTests(UserspaceCloud cloud) : PortLifecycleTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceRestartTests(UserspaceCloud cloud) : RestartTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceRuleChangeTests(UserspaceCloud cloud) : RuleChangeTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceTenantIsolationTests(UserspaceCloud cloud) : TenantIsolationTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceTracerouteTests(UserspaceCloud cloud) : TracerouteTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceTransferTests(UserspaceCloud cloud) : TransferTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceTunnelSpoofingTests(UserspaceCloud cloud) : TunnelSpoofingTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceVlanNetworkTests(UserspaceCloud cloud) : VlanNetworkTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceDatagramBurstTests(UserspaceCloud cloud) : DatagramBurstTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceHostSideTests(UserspaceCloud cloud) : HostSideTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceTapGuestTests(UserspaceCloud cloud) : TapGuestTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceNestedTunnelTests(UserspaceCloud cloud) : NestedTunnelTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceNestedChecksumTests(UserspaceCloud cloud) : NestedChecksumTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceEncapsulationTests(UserspaceCloud cloud) : EncapsulationTests(cloud);

[Collection(UserspaceCloud.Name)]
public sealed class UserspaceVlanRoutingTests(UserspaceCloud cloud) : VlanRoutingTests(cloud);
