using System.Security.Cryptography;
using System.Text;

namespace Vicinal.Agent.Metadata;

/// <summary>Proves to Nova that the node speaks for the instance: HMAC-SHA256 of the instance's id under the secret that both know, in hex.</summary>
internal static class InstanceSignature
{
    public static string Of(string instanceId, ReadOnlySpan<byte> secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(instanceId)));
}
