using System.Text.Json.Nodes;

namespace Vicinal.Scenarios.Tests.Services;

/// <summary>Debian's cloud-init configures an instance from the agent's built-in source, with the server away.</summary>
public abstract class CloudInitTests(ServicesCloud scenario)
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZha2VmYWtlZmFrZWZha2VmYWtlZmFrZWZha2VmYWtlZmFr admin@lab";

    /// <summary>
    /// A copy of this machine's root on an overlay of its own, so that what cloud-init writes is gone with it. Process 1 says what the machine is, as a
    /// container of Nova's would (cloud-init's other way to know is the firmware).
    /// </summary>
    private const string Boot = """
        set -e
        mount --make-rprivate /
        mount -t tmpfs tmpfs "$1"
        cd "$1"
        mkdir upper work root
        mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
        mount -t proc proc root/proc
        mount --rbind /sys root/sys
        mount --rbind /dev root/dev
        mount -t tmpfs tmpfs root/run
        rm -rf root/var/lib/cloud/*
        cat > root/etc/cloud/cloud.cfg.d/99-lab.cfg <<CFG
        datasource_list: [ OpenStack ]
        datasource: { OpenStack: { max_wait: 20, timeout: 5 } }
        network: { config: disabled }
        cloud_init_modules: [ write-files, set-hostname, users-groups, ssh ]
        cloud_final_modules: [ scripts-user ]
        ssh_genkeytypes: [ ed25519 ]
        CFG
        chroot root cloud-init init >&2
        chroot root cloud-init modules --mode final >&2
        echo "id $(cat root/var/lib/cloud/data/instance-id)"
        echo "host $(hostname)"
        echo "file $(cat root/etc/booted)"
        echo "key $(cat root/root/.ssh/authorized_keys root/home/*/.ssh/authorized_keys 2>/dev/null | grep -c admin@lab)"
        echo "source $(chroot root cat /var/lib/cloud/instance/datasource)"
        """;

    [Fact]
    public void Cloud_init_takes_id_name_key_and_user_data_from_the_built_in_source()
    {
        using Scratch scratch = new(scenario);
        string directory = scenario.Cloud.MetadataDirectory;
        Directory.CreateDirectory(directory);
        scratch.OnDispose(() => Directory.Delete(directory, recursive: true));
        File.WriteAllText(Path.Combine(directory, "authorized_keys"), Key + "\n");
        string network = scratch.Network("boot", "10.70.0.0/24");
        Guest guest = Guest.Boot(scratch, "ci", "c3", network, group: null, new JsonObject { ["dns_name"] = "first" });
        Guest other = Guest.Boot(scratch, "cj", "c3", network, group: null);
        Directory.CreateDirectory(Path.Combine(directory, guest.Id));
        File.WriteAllText(Path.Combine(directory, guest.Id, "user_data"), "#cloud-config\nwrite_files:\n- { path: /etc/booted, content: \"yes\" }\n");
        scenario.Cloud.WaitActive(guest.Instance, other.Instance);
        scenario.Cloud.WaitApplied();
        guest.RouteToService();
        other.RouteToService();
        scenario.Cloud.StopServer();
        scratch.OnDispose(() =>
        {
            scenario.Cloud.StartServer();
            scenario.Cloud.WaitFor("every agent's report", () => scenario.Cloud.Neutron.Answers() && scenario.Cloud.Neutron.List("agents").All(a => (bool)a["alive"]!));
        });

        string root = Directory.CreateTempSubdirectory("vicinal-boot").FullName;
        scratch.OnDispose(() => Directory.Delete(root));
        ToolResult result = Tool.Run(
            guest.Instance.Namespace, "unshare", "--mount", "--uts", "--pid", "--fork", "env", "product_name=OpenStack Nova", "sh", "-c", Boot, "boot", root);
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain($"id {guest.Id}\n");
        result.Output.ShouldContain("host first\n");
        result.Output.ShouldContain("file yes\n");
        result.Output.ShouldNotContain("key 0");
        result.Output.ShouldContain("DataSourceOpenStack");

        JsonObject mine = (JsonObject)JsonNode.Parse(guest.Curl($"{Guest.Metadata}/openstack/latest/network_data.json").Output)!;
        ((string)mine["networks"]![0]!["ip_address"]!).ShouldBe(guest.Instance.Address.ToString());
        ((string)mine["links"]![0]!["ethernet_mac_address"]!).ShouldBe(guest.Instance.Mac.ToString());
        other.Curl($"{Guest.Metadata}/latest/meta-data/instance-id").Output.ShouldBe(other.Id);
        other.Curl("-w", "%{http_code}", $"{Guest.Metadata}/openstack/latest/user_data").Output.ShouldEndWith("404", customMessage: "it is the other's alone");
        guest.WaitForLinkLocal(scenario);
        guest.Curl($"{Guest.MetadataV6}/latest/meta-data/public-keys/0/openssh-key").Output.ShouldBe(Key);
    }
}
