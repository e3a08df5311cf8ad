using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vicinal.Protocol.Security;

/// <summary>
/// One side's certificate with its key, and the authority that the other side's certificate must come from. Only that
/// authority counts: what the machine trusts for the web has no say here.
/// </summary>
public sealed class TlsIdentity : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _authorities;

    private TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection intermediates, X509Certificate2Collection authorities)
    {
        Certificate = certificate;
        Intermediates = intermediates;
        _authorities = authorities;
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>The rest of the certificate's file, sent along so that the other side can build the chain.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>Reads PEM files; the first certificate in the file is the own one.</summary>
    /// <exception cref="TlsFileException">A file is missing or unreadable; the message names it.</exception>
    public static TlsIdentity Load(string certificateFile, string keyFile, string authorityFile)
    {
        X509Certificate2Collection chain = Read(certificateFile);
        X509Certificate2Collection authorities = Read(authorityFile);
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            chain.RemoveAt(0);
            return new TlsIdentity(certificate, chain, authorities);
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new TlsFileException($"The key {keyFile} does not fit the certificate {certificateFile}: {failure.Message}", failure);
        }
    }

    /// <summary>True for a certificate of the authority that its owner may use as a client.</summary>
    public bool IsTrustedClient(X509Certificate2? certificate, X509Chain? presented) => IsTrusted(certificate, presented, ClientAuthentication);

    /// <summary>True for a certificate of the authority that its owner may use as a server, under the name that was dialled.</summary>
    public bool IsTrustedServer(X509Certificate2? certificate, X509Chain? presented, SslPolicyErrors errors) =>
        (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0 && IsTrusted(certificate, presented, ServerAuthentication);

    /// <summary>
    /// Whether a trusted certificate may speak for the host. One that has DNS names speaks for these alone (also by the first label
    /// of a full name), so that a node that fell into wrong hands cannot pose as another; one without names speaks for any.
    /// </summary>
    public static bool MaySpeakFor(X509Certificate2 certificate, string host)
    {
        List<string> names =
        [
            .. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()),
        ];
        return names.Count == 0 || names.Exists(name => IsSame(name, host) || IsSame(name.Split('.')[0], host) || IsSame(name, host.Split('.')[0]));

        static bool IsSame(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
    }

    public void Dispose()
    {
        Certificate.Dispose();
        foreach (X509Certificate2 certificate in Intermediates.Concat(_authorities))
        {
            certificate.Dispose();
        }
    }

    private bool IsTrusted(X509Certificate2? certificate, X509Chain? presented, string purpose)
    {
        if (certificate is null)
        {
            return false;
        }

        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(purpose));
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (presented is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
            foreach (X509ChainElement element in presented.ChainElements)
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        return chain.Build(certificate);
    }

    private static X509Certificate2Collection Read(string file)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new TlsFileException($"The certificate file {file} cannot be read: {failure.Message}", failure);
        }

        return certificates.Count > 0 ? certificates : throw new TlsFileException($"The file {file} holds no certificate.");
    }
}
