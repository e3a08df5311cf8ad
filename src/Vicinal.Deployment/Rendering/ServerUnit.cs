using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Rendering;

/// <summary>The server's systemd unit: a user that exists only while it runs, no capability, and no file to write but its store.</summary>
internal static class ServerUnit
{
    public static RenderedFile Render(Site site, SiteNode node)
    {
        string credentials = site.Tls.Value is { } folder
            ? $"""

              # The key is root's; systemd hands it to the unit alone.
              LoadCredential=tls.crt:{folder}/{node.Name}.crt
              LoadCredential=tls.key:{folder}/{node.Name}.key
              LoadCredential=ca.crt:{folder}/ca.crt
              """
            : "";
        return new RenderedFile(node.Name, NodePaths.ServerUnit, $"""
            # {node.Name} of {SitePath.NameOf(site.File)}. Written by `vicinal deploy render`; change the site instead.
            [Unit]
            Description=Vicinal server: the Neutron API, and the nodes' agents
            Documentation=man:systemd.exec(5)
            Wants=network-online.target
            After=network-online.target
            StartLimitIntervalSec=0

            [Service]
            Type=exec
            ExecStart={site.Program.Value} server --config {NodePaths.ServerConfig}
            Restart=always
            RestartSec=2
            TimeoutStopSec=20
            LimitNOFILE=65536

            DynamicUser=yes
            StateDirectory=vicinal-server
            StateDirectoryMode=0700
            CacheDirectory=vicinal-server
            Environment=DOTNET_BUNDLE_EXTRACT_BASE_DIR=/var/cache/vicinal-server
            Environment=DOTNET_EnableDiagnostics=0{credentials}

            # The runtime compiles as it goes, so MemoryDenyWriteExecute cannot be on.
            CapabilityBoundingSet=
            NoNewPrivileges=yes
            LockPersonality=yes
            PrivateDevices=yes
            PrivateTmp=yes
            PrivateUsers=yes
            ProtectClock=yes
            ProtectControlGroups=yes
            ProtectHome=yes
            ProtectHostname=yes
            ProtectKernelLogs=yes
            ProtectKernelModules=yes
            ProtectKernelTunables=yes
            ProtectProc=invisible
            ProtectSystem=strict
            RemoveIPC=yes
            RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
            RestrictNamespaces=yes
            RestrictRealtime=yes
            RestrictSUIDSGID=yes
            SystemCallArchitectures=native
            SystemCallErrorNumber=EPERM
            SystemCallFilter=@system-service
            SystemCallFilter=~@privileged
            UMask=0077

            [Install]
            WantedBy=multi-user.target

            """);
    }
}
