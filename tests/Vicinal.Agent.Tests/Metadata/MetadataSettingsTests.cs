namespace Vicinal.Agent.Tests.Metadata;

public sealed class MetadataSettingsTests
{
    [Fact]
    public void Settings_that_do_not_go_together_are_named()
    {
        string secret = Path.GetTempFileName();
        try
        {
            Should.Throw<FormatException>(() => MetadataSettings.Parse("http://nova:8775", null, null)).Message.ShouldContain("--metadata-secret-file");
            Should.Throw<FormatException>(() => MetadataSettings.Parse(null, secret, null)).Message.ShouldContain("--metadata-url");
            Should.Throw<FormatException>(() => MetadataSettings.Parse("http://nova:8775", secret, null)).Message.ShouldContain("is empty");
            File.WriteAllText(secret, "open sesame\n");
            MetadataSettings.Parse("http://nova:8775", secret, null).Secret.ShouldBe("open sesame"u8.ToArray());
            Should.Throw<FormatException>(() => MetadataSettings.Parse("nova:8775", secret, null)).Message.ShouldContain("'nova:8775' is not");
            Should.Throw<FormatException>(() => MetadataSettings.Parse("http://nova:8775", secret, "/srv")).Message.ShouldContain("exclude");
            Should.Throw<FormatException>(() => MetadataSettings.Parse("http://nova:8775", secret + "x", null)).Message.ShouldContain("--metadata-secret-file");
            MetadataSettings.Parse(null, null, null).ShouldBe(MetadataSettings.Parse(null, null, null));
        }
        finally
        {
            File.Delete(secret);
        }
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:53")]
    [InlineData("192.0.2.1:5353", "192.0.2.1:5353")]
    [InlineData("2001:db8::1", "[2001:db8::1]:53")]
    [InlineData("[2001:db8::1]:5353", "[2001:db8::1]:5353")]
    public void Forwarders_are_addresses_with_a_port_or_without(string text, string server) => DnsForwarderNames.Parse(text).ToString().ShouldBe(server);

    [Theory]
    [InlineData("")]
    [InlineData("one.one.one.one")]
    [InlineData("1")]
    [InlineData("192.0.2.1:0")]
    [InlineData("192.0.2.1:99999")]
    public void What_is_no_forwarder_is_refused(string text) => Should.Throw<FormatException>(() => DnsForwarderNames.Parse(text)).Message.ShouldContain($"'{text}'");
}
