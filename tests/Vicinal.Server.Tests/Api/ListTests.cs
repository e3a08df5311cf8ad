using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

public sealed class ListTests(ListTests.Cloud cloud) : IClassFixture<ListTests.Cloud>
{
    [Theory]
    [InlineData("", "a b c d e")]
    [InlineData("name=b", "b")]
    [InlineData("name=b&name=d", "b d")]
    [InlineData("name=b&description=", "")]
    [InlineData("description=", "c d e")]
    [InlineData("admin_state_up=False", "e")]
    [InlineData("admin_state_up=0", "e")]
    [InlineData("provider:network_type=vxlan", "c")]
    [InlineData("provider:segmentation_id=7000", "c")]
    [InlineData("provider:physical_network=physnet1", "d")]
    [InlineData("provider:physical_network=", "a b c e")]
    [InlineData("router:external=true", "d")]
    [InlineData("shared=true", "a")]
    [InlineData("mtu=1450", "c")]
    [InlineData("status=ACTIVE", "a b c d e")]
    [InlineData("status=DOWN", "")]
    [InlineData("id=nonsense", "")]
    [InlineData("project_id=p2", "b")]
    [InlineData("tenant_id=p2&project_id=p2", "b")]
    public async Task Networks_are_found_by_their_attributes(string query, string names) =>
        (await NamesAsync("networks", query)).Order().ShouldBe(Words(names));

    [Theory]
    [InlineData("sort_key=name", "a b c d e")]
    [InlineData("sort_key=name&sort_dir=desc", "e d c b a")]
    [InlineData("sort_key=mtu&sort_key=name&sort_dir=desc&sort_dir=asc", "d c a b e")]
    [InlineData("sort_key=admin_state_up&sort_key=name&sort_dir=asc&sort_dir=desc", "e d c b a")]
    [InlineData("sort_key=name&limit=2", "a b")]
    [InlineData("sort_key=name&limit=0", "a b c d e")]
    [InlineData("sort_key=name&limit=2&marker=ID_b", "c d")]
    [InlineData("sort_key=name&limit=2&marker=ID_d&page_reverse=True", "b c")]
    [InlineData("sort_key=name&limit=2&page_reverse=True", "d e")]
    [InlineData("sort_key=name&marker=ID_e", "")]
    public async Task Lists_are_sorted_and_cut_into_pages(string query, string names) =>
        (await NamesAsync("networks", query)).ShouldBe(Words(names));

    [Theory]
    [InlineData("nonsense=1", 400, "HTTPBadRequest", "['nonsense'] is invalid attribute for filtering")]
    [InlineData("subnets=1", 400, "HTTPBadRequest", "['subnets'] is invalid attribute for filtering")]
    [InlineData("limit=abc", 400, "BadRequest", "Bad limit request: Limit must be an integer 0 or greater and not 'abc'.")]
    [InlineData("limit=-1", 400, "BadRequest", "Bad limit request: Limit must be an integer 0 or greater and not '-1'.")]
    [InlineData("sort_key=name&sort_dir=sideways", 400, "HTTPBadRequest", "['sideways'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'")]
    [InlineData("sort_key=subnets", 400, "HTTPBadRequest", "['subnets'] is invalid attribute for sort_keys")]
    [InlineData("sort_key=name&sort_dir=asc&sort_dir=asc", 400, "HTTPBadRequest", "The number of sort_keys and sort_dirs must be same")]
    [InlineData("admin_state_up=maybe", 400, "InvalidInput", "Invalid input for operation: 'maybe' cannot be converted to boolean.")]
    [InlineData("marker=6b2b4a30-0000-4000-8000-000000000000", 404, "NetworkNotFound", "Network 6b2b4a30-0000-4000-8000-000000000000 could not be found.")]
    [InlineData("tenant_id=a&project_id=b", 400, "HTTPBadRequest", "'project_id' and 'tenant_id' do not match")]
    public async Task A_query_that_makes_no_sense_is_refused(string query, int status, string type, string message) =>
        (await cloud.GetAsync($"/v2.0/networks?{query}")).ShouldRefuse(status, type, message);

    [Theory]
    [InlineData("fixed_ips=ip_address=10.0.0.20", "p1")]
    [InlineData("fixed_ips=ip_address=10.0.0.20&fixed_ips=ip_address=10.0.0.21", "p1 p2")]
    [InlineData("fixed_ips=subnet_id=ID_s", "p1 p2")]
    [InlineData("fixed_ips=subnet_id=ID_s&fixed_ips=ip_address=10.0.0.21", "p2")]
    [InlineData("fixed_ips=ip_address_substr=0.0.2", "p1 p2")]
    [InlineData("fixed_ips=ip_address_substr=.21", "p2")]
    [InlineData("fixed_ips=subnet_id=nonsense", "")]
    [InlineData("network_id=ID_b", "p3")]
    [InlineData("device_id=vm1", "p1")]
    [InlineData("device_id=vm1&device_owner=compute:nova", "p1")]
    [InlineData("device_id=", "p2 p3")]
    [InlineData("binding:host_id=c1", "p1")]
    [InlineData("mac_address=FA-16-3E-AA-AA-AA", "p2")]
    [InlineData("security_groups=GROUP", "p1 p3")]
    [InlineData("security_groups=", "p2")]
    [InlineData("admin_state_up=1&network_id=ID_a", "p1 p2")]
    public async Task Ports_are_found_by_addresses_devices_and_groups(string query, string names) =>
        (await NamesAsync("ports", query)).Order().ShouldBe(Words(names));

    [Theory]
    [InlineData("network_id=ID_a", "s")]
    [InlineData("shared=True", "s")]
    [InlineData("ip_version=4", "s")]
    [InlineData("cidr=10.0.0.0/24", "s")]
    [InlineData("gateway_ip=10.0.0.1", "s")]
    [InlineData("enable_dhcp=false", "")]
    [InlineData("ipv6_ra_mode=", "s")]
    public async Task Subnets_are_found_by_their_attributes(string query, string names) =>
        (await NamesAsync("subnets", query)).Order().ShouldBe(Words(names));

    [Fact]
    public async Task Links_lead_through_all_pages_and_back()
    {
        List<string> forward = [];
        string? next = "/v2.0/networks?sort_key=name&limit=2";
        string? back = null;
        while (next is not null)
        {
            JsonObject page = (await cloud.GetAsync(next)).Json;
            forward.AddRange(Names(page, "networks"));
            next = Link(page, "next");
            back = Link(page, "previous");
        }

        forward.ShouldBe(["a", "b", "c", "d", "e"]);
        back.ShouldNotBeNull();
        JsonObject previous = (await cloud.GetAsync(back)).Json;
        Names(previous, "networks").ShouldBe(["c", "d"]);
        Link(previous, "next").ShouldNotBeNull();
        (await cloud.GetAsync("/v2.0/networks")).Json.ContainsKey("networks_links").ShouldBeFalse();
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Names(JsonObject list, string plural) =>
        list[plural]!.AsArray().Select(item => item!["name"]!.GetValue<string>());

    private static string? Link(JsonObject list, string relation) => list["networks_links"]!.AsArray()
        .FirstOrDefault(link => link!["rel"]!.GetValue<string>() == relation)?["href"]!.GetValue<string>();

    private async Task<List<string>> NamesAsync(string plural, string query)
    {
        ApiAnswer answer = await cloud.GetAsync($"/v2.0/{plural}?{cloud.Fill(query)}");
        answer.Status.ShouldBe(200, answer.Text);
        return [.. Names(answer.Json, plural)];
    }

    public sealed class Cloud : ApiCloud
    {
        private readonly Dictionary<string, string> _ids = [];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            await AddAsync("network", "a", """{"name": "a", "shared": true, "description": "x"}""");
            await AddAsync("network", "b", """{"name": "b", "project_id": "p2", "description": "x"}""");
            await AddAsync("network", "c", """{"name": "c", "provider:network_type": "vxlan", "provider:segmentation_id": 7000}""");
            await AddAsync("network", "d",
                """{"name": "d", "provider:network_type": "flat", "provider:physical_network": "physnet1", "router:external": true}""");
            await AddAsync("network", "e", """{"name": "e", "admin_state_up": false}""");
            await AddAsync("subnet", "s", """{"name": "s", "network_id": "ID_a", "ip_version": 4, "cidr": "10.0.0.0/24"}""");
            await AddAsync("port", "p1",
                """{"name": "p1", "network_id": "ID_a", "fixed_ips": [{"ip_address": "10.0.0.20"}], "device_id": "vm1", "device_owner": "compute:nova", "binding:host_id": "c1"}""");
            await AddAsync("port", "p2",
                """{"name": "p2", "network_id": "ID_a", "fixed_ips": [{"ip_address": "10.0.0.21"}], "security_groups": [], "mac_address": "fa:16:3e:aa:aa:aa"}""");
            await AddAsync("port", "p3", """{"name": "p3", "network_id": "ID_b"}""");
        }

        public string Fill(string text)
        {
            foreach ((string name, string id) in _ids.OrderByDescending(i => i.Key.Length))
            {
                text = text.Replace($"ID_{name}", id);
            }

            return text.Replace("GROUP", Writer.Current.SecurityGroups.Keys.FirstOrDefault().ToString());
        }

        private async Task AddAsync(string singular, string name, string json) =>
            _ids[name] = (await CreateAsync(singular, Fill(json)))["id"]!.GetValue<string>();
    }
}
