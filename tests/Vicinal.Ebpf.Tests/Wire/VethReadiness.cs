using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>A veth that is up and has a carrier may still drop what is sent until the kernel has given it its queue.</summary>
public static class VethReadiness
{
    public static void Await(NetworkNamespace space, string name, NetworkNamespace otherSpace, string otherName)
    {
        using PacketSocketDevice one = space.Run(() => PacketSocketDevice.Open(name));
        using PacketSocketDevice other = otherSpace.Run(() => PacketSocketDevice.Open(otherName));
        Await(one, other);
        Await(other, one);
    }

    private static void Await(IFrameDevice from, IFrameDevice to)
    {
        PacketBuffer probe = new();
        probe.CopyFrom(new byte[60]);
        probe.Span[0] = 2;
        probe.Span[12] = 0x88;
        PacketBuffer[] heard = [new PacketBuffer()];
        SpinWait.SpinUntil(
            () =>
            {
                from.Send(probe);
                return to.Receive(heard) > 0;
            },
            3000).ShouldBeTrue($"nothing passes from {from.Name} to {to.Name}");
    }
}
