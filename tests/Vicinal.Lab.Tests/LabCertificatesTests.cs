using System.Net;
using System.Security.Cryptography.X509Certificates;
using Vicinal.Lab.Processes;

namespace Vicinal.Lab.Tests;

public sealed class LabCertificatesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("vicinal-lab").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Each_member_gets_a_certificate_of_the_labs_authority_with_its_name_and_address()
    {
        LabCertificates.Write(_directory, [("server", IPAddress.Parse("172.31.0.1")), ("c1", IPAddress.Parse("172.31.0.11"))]);
        using X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_directory, LabCertificates.Authority));
        using X509Certificate2 member = X509Certificate2.CreateFromPemFile(LabCertificates.CertificateOf(_directory, "c1"), LabCertificates.KeyOf(_directory, "c1"));
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.Build(member).ShouldBeTrue();
        member.MatchesHostname("172.31.0.11").ShouldBeTrue();
        member.MatchesHostname("c1").ShouldBeTrue();
        member.MatchesHostname("172.31.0.1").ShouldBeFalse("that is the server's");
    }

    [Fact]
    public void Keys_are_the_owners_alone()
    {
        LabCertificates.Write(_directory, [("server", IPAddress.Loopback)]);
        File.GetUnixFileMode(LabCertificates.KeyOf(_directory, "server")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
