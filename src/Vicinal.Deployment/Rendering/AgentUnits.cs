using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Rendering;

/// <summary>
/// An agent's systemd units. It is root with few capabilities: it makes interfaces, reads frames, loads programs into the kernel and runs its threads
/// in real time. What it leaves in the kernel when it ends stays on purpose, so that packets flow while it is started again.
/// </summary>
internal static class AgentUnits
{
    public static IEnumerable<RenderedFile> Render(Site site, SiteNode node)
    {
        bool pins = site.Datapath.Value != "userspace";
        yield return Service(site, node, pins);
        if (pins)
        {
            yield return Pins(site, node);
        }
    }

    private static RenderedFile Service(Site site, SiteNode node, bool pins) => new(node.Name, NodePaths.AgentUnit, $"""
        # {node.Name} of {SitePath.NameOf(site.File)}. Written by `vicinal deploy render`; change the site instead.
        [Unit]
        Description=Vicinal agent: routes and filters this node's packets
        Documentation=man:systemd.exec(5)
        Wants=network-online.target{(pins ? $" {NodePaths.PinsUnit}" : "")}
        After=network-online.target{(pins ? $" {NodePaths.PinsUnit}" : "")}
        StartLimitIntervalSec=0

        [Service]
        Type=exec
        ExecStart={site.Program.Value} agent --config {NodePaths.AgentConfig}
        Restart=always
        RestartSec=1
        TimeoutStopSec=10
        StateDirectory=vicinal
        StateDirectoryMode=0700
        CacheDirectory=vicinal
        Environment=DOTNET_BUNDLE_EXTRACT_BASE_DIR=/var/cache/vicinal
        Environment=DOTNET_EnableDiagnostics=0

        # Threads that watch the other gateways and move packets: they must run when a core is wanted by all.
        LimitRTPRIO=50
        LimitMEMLOCK=infinity
        LimitNOFILE=65536
        OOMScoreAdjust=-900
        CPUWeight=1000

        CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_BPF CAP_PERFMON CAP_SYS_ADMIN CAP_SYS_NICE CAP_SYS_RESOURCE CAP_IPC_LOCK
        NoNewPrivileges=yes
        DevicePolicy=closed
        DeviceAllow=/dev/net/tun rw
        LockPersonality=yes
        PrivateTmp=yes
        ProtectClock=yes
        ProtectControlGroups=yes
        ProtectHome=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectSystem=strict
        RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_UNIX
        RestrictNamespaces=net mnt
        RestrictSUIDSGID=yes
        SystemCallArchitectures=native
        SystemCallErrorNumber=EPERM
        SystemCallFilter=~@clock @cpu-emulation @debug @module @obsolete @raw-io @reboot @swap
        UMask=0077

        [Install]
        WantedBy=multi-user.target

        """);

    /// <summary>The service has a mount namespace of its own, and what it mounted there would end with it.</summary>
    private static RenderedFile Pins(Site site, SiteNode node) => new(node.Name, NodePaths.PinsUnit, $"""
        # {node.Name} of {SitePath.NameOf(site.File)}. Written by `vicinal deploy render`; change the site instead.
        [Unit]
        Description=Pins of the Vicinal agent's programs and maps, which outlive it
        Before={NodePaths.AgentUnit}

        [Mount]
        What=bpf
        Where={NodePaths.AgentState}/bpf
        Type=bpf
        Options=mode=0700
        DirectoryMode=0700

        """);
}
