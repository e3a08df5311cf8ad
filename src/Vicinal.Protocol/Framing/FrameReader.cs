using System.Buffers.Binary;

namespace Vicinal.Protocol.Framing;

/// <summary>
/// Cuts a byte stream into messages, however the stream was split. It holds one unfinished frame at most, and believes no
/// length over its limit: memory is taken as the bytes arrive.
/// </summary>
public sealed class FrameReader(int limit = FrameReader.DefaultLimit)
{
    /// <summary>16 MiB: far above the parts in which units are sent, and a hello with 300,000 units held fits too.</summary>
    public const int DefaultLimit = 16 << 20;

    public const int HeaderSize = 4;

    private byte[] _pending = new byte[4096];
    private int _count;

    /// <summary>Bytes of an unfinished frame: a stream that ends now was cut.</summary>
    public bool IsInsideFrame => _count > 0;

    /// <summary>Calls the handler for each whole frame, in order; its memory is valid during the call alone.</summary>
    /// <exception cref="WireFault">A frame is announced that is empty or over the limit; the stream cannot go on.</exception>
    public void Push(ReadOnlySpan<byte> bytes, Action<ReadOnlySpan<byte>> handler)
    {
        while (!bytes.IsEmpty)
        {
            if (_count == 0 && TryWhole(bytes, out int whole))
            {
                handler(bytes[HeaderSize..whole]);
                bytes = bytes[whole..];
                continue;
            }

            // Up to the header first, then up to the frame's end: what belongs to the next frame is not copied.
            int wanted = _count < HeaderSize ? HeaderSize : HeaderSize + LengthOf(_pending);
            int taken = Math.Min(wanted - _count, bytes.Length);
            Append(bytes[..taken]);
            bytes = bytes[taken..];
            if (_count >= HeaderSize && _count == HeaderSize + LengthOf(_pending))
            {
                int end = _count;
                _count = 0;
                handler(_pending.AsSpan(HeaderSize, end - HeaderSize));
                Shrink();
            }
        }
    }

    private bool TryWhole(ReadOnlySpan<byte> bytes, out int whole)
    {
        whole = 0;
        if (bytes.Length < HeaderSize)
        {
            return false;
        }

        whole = HeaderSize + LengthOf(bytes);
        return bytes.Length >= whole;
    }

    private int LengthOf(ReadOnlySpan<byte> header)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header);
        return length > 0 && length <= (uint)limit ? (int)length : throw new WireFault($"a message of {length} octets; the limit is {limit}");
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_count + bytes.Length > _pending.Length)
        {
            Array.Resize(ref _pending, Math.Max(_pending.Length * 2, _count + bytes.Length));
        }

        bytes.CopyTo(_pending.AsSpan(_count));
        _count += bytes.Length;
    }

    /// <summary>One large frame is no reason to hold its memory for the life of the connection.</summary>
    private void Shrink()
    {
        if (_pending.Length > 1 << 18)
        {
            _pending = new byte[4096];
        }
    }
}
