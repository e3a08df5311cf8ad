namespace Vicinal.Scenarios.Tests;

[Collection(EbpfCloud.Name)]
public sealed class EbpfBootTests(EbpfCloud cloud) : BootTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfFloatingIpMoveTests(EbpfCloud cloud) : FloatingIpMoveTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfFlowTests(EbpfCloud cloud) : FlowTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfHostIsolationTests(EbpfCloud cloud) : HostIsolationTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfOpenStackClientTests(EbpfCloud cloud) : OpenStackClientTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfPortLifecycleTests(EbpfCloud cloud) : PortLifecycleTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfRestartTests(EbpfCloud cloud) : RestartTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfRuleChangeTests(EbpfCloud cloud) : RuleChangeTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfTenantIsolationTests(EbpfCloud cloud) : TenantIsolationTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfTracerouteTests(EbpfCloud cloud) : TracerouteTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfTransferTests(EbpfCloud cloud) : TransferTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfTunnelSpoofingTests(EbpfCloud cloud) : TunnelSpoofingTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfVlanNetworkTests(EbpfCloud cloud) : VlanNetworkTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfDatagramBurstTests(EbpfCloud cloud) : DatagramBurstTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfHostSideTests(EbpfCloud cloud) : HostSideTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfNestedTunnelTests(EbpfCloud cloud) : NestedTunnelTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfNestedChecksumTests(EbpfCloud cloud) : NestedChecksumTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfTapGuestTests(EbpfCloud cloud) : TapGuestTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfEncapsulationTests(EbpfCloud cloud) : EncapsulationTests(cloud);

[Collection(EbpfCloud.Name)]
public sealed class EbpfVlanRoutingTests(EbpfCloud cloud) : VlanRoutingTests(cloud);
