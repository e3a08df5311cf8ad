using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vicinal.Lab.Processes;

/// <summary>An authority of the lab's own, and a certificate under it for the server and for each node. Written as PEM files.</summary>
public static class LabCertificates
{
    public const string Authority = "ca.pem";

    public static void Write(string directory, IEnumerable<(string Name, IPAddress Address)> members)
    {
        Directory.CreateDirectory(directory);
        DateTimeOffset from = DateTimeOffset.UtcNow.AddHours(-1);
        DateTimeOffset to = from.AddDays(30);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Vicinal lab", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using X509Certificate2 authority = request.CreateSelfSigned(from, to);
        File.WriteAllText(Path.Combine(directory, Authority), authority.ExportCertificatePem());
        foreach ((string name, IPAddress address) in members)
        {
            WriteMember(directory, name, address, authority, from, to.AddDays(-1));
        }
    }

    public static string CertificateOf(string directory, string name) => Path.Combine(directory, $"{name}.pem");

    public static string KeyOf(string directory, string name) => Path.Combine(directory, $"{name}.key");

    private static void WriteMember(
        string directory, string name, IPAddress address, X509Certificate2 authority, DateTimeOffset from, DateTimeOffset to)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using X509Certificate2 certificate = request.Create(authority, from, to, RandomNumberGenerator.GetBytes(12));
        File.WriteAllText(CertificateOf(directory, name), certificate.ExportCertificatePem());
        string keyPath = KeyOf(directory, name);
        using (File.Create(keyPath))
        {
            File.SetUnixFileMode(keyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
    }
}
