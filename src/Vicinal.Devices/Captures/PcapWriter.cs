using System.Buffers.Binary;

namespace Vicinal.Devices.Captures;

/// <summary>Writes Ethernet frames as a classic capture file with nanosecond time stamps, which tcpdump and Wireshark read.</summary>
public sealed class PcapWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly int _snapLength;
    private readonly byte[] _header = new byte[PcapFormat.FileHeaderSize];

    /// <summary>Writes the file header at once. Frames longer than <paramref name="snapLength"/> are cut.</summary>
    public PcapWriter(Stream stream, int snapLength = PcapFormat.MaxRecord, bool leaveOpen = false)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(snapLength, PcapFormat.MaxRecord);
        ArgumentOutOfRangeException.ThrowIfLessThan(snapLength, 1);
        _stream = stream;
        _leaveOpen = leaveOpen;
        _snapLength = snapLength;
        BinaryPrimitives.WriteUInt32LittleEndian(_header, PcapFormat.NanosecondMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(_header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(_header.AsSpan(6), 4);
        BinaryPrimitives.WriteInt32LittleEndian(_header.AsSpan(16), snapLength);
        BinaryPrimitives.WriteUInt32LittleEndian(_header.AsSpan(20), PcapFormat.Ethernet);
        stream.Write(_header);
    }

    /// <param name="nanoseconds">Since 1970-01-01 UTC.</param>
    public void Write(long nanoseconds, ReadOnlySpan<byte> frame)
    {
        int kept = Math.Min(frame.Length, _snapLength);
        Span<byte> header = _header.AsSpan(0, PcapFormat.RecordHeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(nanoseconds / PcapFormat.NanosecondsPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(nanoseconds % PcapFormat.NanosecondsPerSecond));
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], kept);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], frame.Length);
        _stream.Write(header);
        _stream.Write(frame[..kept]);
    }

    public void Flush() => _stream.Flush();

    public void Dispose()
    {
        if (_leaveOpen)
        {
            _stream.Flush();
        }
        else
        {
            _stream.Dispose();
        }
    }
}
