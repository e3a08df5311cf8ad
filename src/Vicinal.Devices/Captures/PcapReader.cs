using System.Buffers.Binary;

namespace Vicinal.Devices.Captures;

/// <summary>Reads classic capture files of either byte order and resolution. Lengths are checked against the format's limit before anything is allocated.</summary>
public sealed class PcapReader : IDisposable
{
    private readonly Stream _stream;
    private readonly bool _bigEndian;
    private readonly long _fractionInNanoseconds;

    /// <summary>Reads the file header; throws <see cref="InvalidDataException"/> for what is no capture of Ethernet frames.</summary>
    public PcapReader(Stream stream)
    {
        _stream = stream;
        Span<byte> header = stackalloc byte[PcapFormat.FileHeaderSize];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            throw new InvalidDataException("The file is too short for a capture.");
        }

        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (magic is not (PcapFormat.MicrosecondMagic or PcapFormat.NanosecondMagic))
        {
            _bigEndian = true;
            magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        }

        _fractionInNanoseconds = magic switch
        {
            PcapFormat.NanosecondMagic => 1,
            PcapFormat.MicrosecondMagic => 1000,
            _ => throw new InvalidDataException($"The file is no classic capture: it starts with 0x{magic:X8}."),
        };
        uint link = Number(header[20..]) & 0x0FFF_FFFF;
        if (link != PcapFormat.Ethernet)
        {
            throw new InvalidDataException($"The capture holds link type {link}, not Ethernet.");
        }
    }

    /// <summary>The next record, or null at the end. A record cut off by the end of the file ends it, as after a crash of the writer.</summary>
    public PcapRecord? Read()
    {
        Span<byte> header = stackalloc byte[PcapFormat.RecordHeaderSize];
        if (_stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            return null;
        }

        uint captured = Number(header[8..]);
        uint original = Number(header[12..]);
        if (captured > PcapFormat.MaxRecord || original > int.MaxValue)
        {
            throw new InvalidDataException($"A record of {captured} bytes is beyond the format's limit.");
        }

        byte[] data = new byte[captured];
        if (_stream.ReadAtLeast(data, data.Length, throwOnEndOfStream: false) < data.Length)
        {
            return null;
        }

        long time = (Number(header) * PcapFormat.NanosecondsPerSecond) + (Number(header[4..]) * _fractionInNanoseconds);
        return new PcapRecord(time, (int)original, data);
    }

    public void Dispose() => _stream.Dispose();

    private uint Number(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
