using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Devices.Tests.Support;

/// <summary>
/// A three-port switch in miniature, on a thread of its own: the NIC, the host's stack, and one address here that answers ARP and ICMP echo.
/// </summary>
public sealed class Responder : IDisposable
{
    private readonly IFrameDevice _nic;
    private readonly IFrameDevice _host;
    private readonly MacAddress _mac;
    private readonly IpAddress _address;
    private readonly Thread _thread;
    private readonly Poller _poller = new();
    private readonly ManualResetEventSlim _replied = new();
    private volatile bool _stop;
    private volatile byte[]? _pending;
    private int _echoes;

    public Responder(IFrameDevice nic, IFrameDevice host, MacAddress mac, IpAddress address)
    {
        (_nic, _host, _mac, _address) = (nic, host, mac, address);
        _poller.Add(nic.PollHandle, 0);
        if (host.PollHandle >= 0)
        {
            _poller.Add(host.PollHandle, 1);
        }

        _thread = new Thread(Loop) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Sends an echo request from our address to the host; true when it answers.</summary>
    public bool PingFromOurs(IpAddress target, MacAddress targetMac)
    {
        byte[] frame = new byte[14 + 20 + 8 + 32];
        targetMac.Write(frame);
        _mac.Write(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0800);
        Span<byte> ip = frame.AsSpan(14);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[8] = 64;
        ip[9] = 1;
        _address.WriteIpv4(ip[12..]);
        target.WriteIpv4(ip[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..20]));
        ip[20] = 8;
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], Checksum(ip[20..]));
        _replied.Reset();
        _pending = frame;
        _poller.Wake();
        return _replied.Wait(2000);
    }

    /// <summary>How many frames the NIC gave us that carry this source address.</summary>
    public int Heard(MacAddress source) => source == _mac ? Volatile.Read(ref _echoes) : 0;

    public void Dispose()
    {
        _stop = true;
        _poller.Wake();
        _thread.Join();
        _poller.Dispose();
    }

    private void Loop()
    {
        PacketBuffer[] buffers = Frames.Buffers(16);
        PollEvent[] ready = new PollEvent[4];
        while (!_stop)
        {
            _poller.Wait(ready, 100);
            if (_pending is { } pending)
            {
                PacketBuffer frame = new();
                frame.CopyFrom(pending);
                _pending = null;
                _host.Send(frame);
            }

            Serve(_nic, buffers);
            Serve(_host, buffers);
        }
    }

    private void Serve(IFrameDevice port, PacketBuffer[] buffers)
    {
        int count;
        while ((count = port.Receive(buffers)) > 0)
        {
            for (int i = 0; i < count; i++)
            {
                if (port == _nic && MacAddress.Read(buffers[i].Span[6..]) == _mac)
                {
                    Interlocked.Increment(ref _echoes);
                }

                if (Answer(buffers[i]))
                {
                    port.Send(buffers[i]);
                }
            }
        }
    }

    private bool Answer(PacketBuffer frame)
    {
        Span<byte> bytes = frame.Span;
        ushort type = Frames.EtherTypeOf(frame);
        if (type == 0x0806 && bytes.Length >= 42 && bytes[21] == 1 && IpAddress.ReadIpv4(bytes[38..]) == _address)
        {
            bytes.Slice(22, 10).CopyTo(bytes[32..]);
            _mac.Write(bytes[22..]);
            _address.WriteIpv4(bytes[28..]);
            bytes[21] = 2;
        }
        else if (type == 0x0800 && bytes.Length >= 42 && bytes[23] == 1 && IpAddress.ReadIpv4(bytes[30..]) == _address)
        {
            if (bytes[34] == 0)
            {
                _replied.Set();
                return false;
            }

            bytes.Slice(26, 4).CopyTo(bytes[30..]);
            _address.WriteIpv4(bytes[26..]);
            bytes[34] = 0;
            Span<byte> icmp = bytes[34..];
            icmp[2..4].Clear();
            BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Checksum(icmp));
        }
        else
        {
            return false;
        }

        bytes.Slice(6, 6).CopyTo(bytes);
        _mac.Write(bytes[6..]);
        frame.Offload = default;
        return true;
    }

    private static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += (uint)((bytes[i] << 8) | (i + 1 < bytes.Length ? bytes[i + 1] : 0));
        }

        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
