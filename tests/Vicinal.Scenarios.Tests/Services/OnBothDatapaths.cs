namespace Vicinal.Scenarios.Tests.Services;

[Collection(UserspaceServicesCloud.Name)]
public sealed class UserspaceMetadataTests(UserspaceServicesCloud cloud) : MetadataTests(cloud);

[Collection(EbpfServicesCloud.Name)]
public sealed class EbpfMetadataTests(EbpfServicesCloud cloud) : MetadataTests(cloud);

[Collection(UserspaceServicesCloud.Name)]
public sealed class UserspaceDnsTests(UserspaceServicesCloud cloud) : DnsTests(cloud);

[Collection(EbpfServicesCloud.Name)]
public sealed class EbpfDnsTests(EbpfServicesCloud cloud) : DnsTests(cloud);

[Collection(UserspaceServicesCloud.Name)]
public sealed class UserspaceCloudInitTests(UserspaceServicesCloud cloud) : CloudInitTests(cloud);

[Collection(EbpfServicesCloud.Name)]
public sealed class EbpfCloudInitTests(EbpfServicesCloud cloud) : CloudInitTests(cloud);
