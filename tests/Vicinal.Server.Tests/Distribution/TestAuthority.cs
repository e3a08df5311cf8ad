extern alias AgentSide;

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AgentSide::Vicinal.Agent;
using Vicinal.Protocol.Security;

namespace Vicinal.Server.Tests.Distribution;

/// <summary>A certificate authority in a directory of its own.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly string _folder = Directory.CreateTempSubdirectory("vicinal-tls-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    public TestAuthority()
    {
        CertificateRequest request = new("CN=test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Authority = Path.Combine(_folder, "ca.pem");
        File.WriteAllText(Authority, _certificate.ExportCertificatePem());
    }

    public string Authority { get; }

    /// <param name="trusting">Whose certificates the holder accepts; its own authority's unless told otherwise.</param>
    public TlsFiles Files(string name, bool server = true, bool client = true, bool expired = false, IPAddress? address = null, TestAuthority? trusting = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        OidCollection purposes = [];
        if (server)
        {
            purposes.Add(new Oid(ServerAuthentication));
        }

        if (client)
        {
            purposes.Add(new Oid(ClientAuthentication));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(purposes, critical: false));
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        names.AddIpAddress(address ?? IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset end = expired ? DateTimeOffset.UtcNow.AddHours(-1) : DateTimeOffset.UtcNow.AddHours(12);
        using X509Certificate2 certificate = request.Create(_certificate, end.AddHours(-13), end, RandomNumberGenerator.GetBytes(8));
        string path = Path.Combine(_folder, $"{name}-{Guid.NewGuid():N}");
        File.WriteAllText(path + ".crt", certificate.ExportCertificatePem());
        File.WriteAllText(path + ".key", key.ExportPkcs8PrivateKeyPem());
        return new TlsFiles(path + ".crt", path + ".key", (trusting ?? this).Authority);
    }

    public static TlsIdentity Load(TlsFiles files) => TlsIdentity.Load(files.Certificate, files.Key, files.Authority);

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
