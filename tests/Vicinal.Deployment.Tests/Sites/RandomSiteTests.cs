using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Rendering;
using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Tests.Sites;

/// <summary>Sites that went wrong at random: they are read, checked and refused, or they are rendered; nothing else happens.</summary>
public sealed class RandomSiteTests
{
    private static readonly string[] s_words =
    [
        "dvr", "ha", "nodes", "roles", "external", "server", "tls", "compute", "gateway", "server", "c1", "g1", "tunnel-ip", "tunnel-nic", "nics", "bridge-mappings", "mode",
        "parameter_defaults", "resource_registry", "NeutronBridgeMappings", "ComputeParameters", "OS::TripleO::Compute::Net::SoftwareConfig", "network-config", "vlan-ranges", "mtu",
        "true", "null", "~", "[]", "{}", "''", "*", "&x", "*x", "192.0.2.21", "2001:db8::1", "0.0.0.0:1", "eth0", "eth1", "br-ex", "physnet1:eth1", "physnet1:1:9", "9000", "-1", "1e9", ",", ": ", "\n", "\n  ", "\n    ", "- ",
    ];

    [Fact]
    public void A_random_site_is_refused_or_rendered()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        int rendered = 0;
        for (int run = 0; run < 1500; run++)
        {
            string text = Mutate(Reading.Sound, random, random.Next(1, 6));
            string environment = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => s_words[random.Next(s_words.Length)]));
            try
            {
                (Site site, FindingList found) = Reading.ReadWith([(Reading.SiteFile, text), ("e.yaml", environment), ("br-ex", "network_config: []\n")], random.Next(2) == 0 ? [] : ["e.yaml"]);
                SiteCheck.Run(site, found);
                if (found.Worst != Severity.Error)
                {
                    SiteRendering.Render(site).ShouldNotBeEmpty();
                    rendered++;
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, run {run}: {e.Message}\n--- site\n{text}\n--- environment\n{environment}", e);
            }
        }

        rendered.ShouldBeGreaterThan(20, $"seed {seed}: too few were sound to tell anything of rendering");
    }

    /// <summary>Takes pieces away, repeats them, and puts words in.</summary>
    private static string Mutate(string text, Random random, int times)
    {
        for (int i = 0; i < times; i++)
        {
            int at = random.Next(text.Length);
            int length = Math.Min(random.Next(1, 30), text.Length - at);
            text = random.Next(4) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, text.Substring(at, length)),
                2 => text.Remove(at, Math.Min(1, length)).Insert(at, s_words[random.Next(s_words.Length)]),
                _ => text.Insert(at, s_words[random.Next(s_words.Length)]),
            };
        }

        return text;
    }
}
