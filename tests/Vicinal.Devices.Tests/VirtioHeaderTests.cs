using FsCheck;
using FsCheck.Fluent;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests;

public sealed class VirtioHeaderTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        Prop.ForAll<ushort, ushort, byte>((start, size, kind) =>
        {
            Offload offload = new()
            {
                NeedsChecksum = true,
                ChecksumStart = (ushort)(start % 1000),
                ChecksumOffset = 16,
                Gso = (kind % 5) switch { 0 => GsoType.None, 1 => GsoType.TcpV4, 2 => GsoType.TcpV6, 3 => GsoType.UdpL4, _ => GsoType.Udp },
                HeaderLength = 54,
            };
            offload.GsoSize = offload.Gso == GsoType.None ? (ushort)0 : size;
            offload.HeaderLength = offload.Gso == GsoType.None ? (ushort)0 : (ushort)54;
            byte[] frame = new byte[2000];
            byte[] header = new byte[VirtioHeader.Size];
            VirtioHeader.Write(offload, frame, header);
            return VirtioHeader.TryRead(header, frame.Length, out Offload read)
                && (read.NeedsChecksum, read.ChecksumStart, read.ChecksumOffset, read.Gso, read.GsoSize, read.HeaderLength)
                    == (true, offload.ChecksumStart, offload.ChecksumOffset, offload.Gso, offload.GsoSize, offload.HeaderLength);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_ten_bytes_are_read_or_refused_and_never_point_beyond_the_frame()
    {
        Prop.ForAll<byte[], ushort>((bytes, length) =>
        {
            byte[] header = [.. bytes.Concat(new byte[VirtioHeader.Size]).Take(VirtioHeader.Size)];
            return !VirtioHeader.TryRead(header, length, out Offload o)
                || !o.NeedsChecksum || o.ChecksumStart + o.ChecksumOffset + 2 <= length;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_cwr_flag_of_a_super_packet_is_told_again()
    {
        byte[] header = new byte[VirtioHeader.Size];
        byte[] frame = new byte[100];
        frame[34 + 13] = 0x80;
        VirtioHeader.Write(new Offload { NeedsChecksum = true, ChecksumStart = 34, ChecksumOffset = 16, Gso = GsoType.TcpV4, GsoSize = 20 }, frame, header);
        header[1].ShouldBe((byte)0x81);
        VirtioHeader.TryRead(header, 100, out Offload read).ShouldBeTrue();
        read.Gso.ShouldBe(GsoType.TcpV4);
    }
}
