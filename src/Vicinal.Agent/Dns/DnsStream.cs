using System.Buffers.Binary;

namespace Vicinal.Agent.Dns;

/// <summary>DNS messages on a stream: each behind its length (RFC 7766 section 8).</summary>
internal static class DnsStream
{
    /// <returns>Null: the stream ended between two messages.</returns>
    /// <exception cref="EndOfStreamException">It ended within one.</exception>
    public static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] prefix = new byte[2];
        int read = await stream.ReadAtLeastAsync(prefix, 2, throwOnEndOfStream: false, cancellation);
        if (read == 0)
        {
            return null;
        }

        if (read < 2)
        {
            throw new EndOfStreamException();
        }

        byte[] message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(message, cancellation);
        return message;
    }

    public static async Task WriteAsync(Stream stream, ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        byte[] framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsMemory(2));
        await stream.WriteAsync(framed, cancellation);
    }
}
