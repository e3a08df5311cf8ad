using System.Runtime.InteropServices;
using Vicinal.Devices;
using Vicinal.Devices.Netlink;
using Vicinal.Ebpf.Layout;

namespace Vicinal.Ebpf;

/// <content>Where the programs are: at tc ingress of ports, NICs and tunnel devices.</content>
public sealed partial class FastPath
{
    private readonly Dictionary<int, Attachment> _attached = [];

    /// <summary>
    /// The host side of a port's interface. An earlier agent's program there is replaced without a gap. Whether it is a veth is asked of the
    /// kernel: its other end can be handed packets directly, and takes super-packets that still carry a tunnel's marks.
    /// </summary>
    /// <exception cref="DeviceException">There is no such interface.</exception>
    public void AttachPort(string device)
    {
        LinkInfo link = _route.GetLink(device);
        Attach(link.Index, "port", InputKinds.Port | (link.Kind == "veth" ? InputKinds.HasPeer : 0), 0);
    }

    public void DetachPort(int interfaceIndex) => Detach(interfaceIndex);

    /// <param name="tunnel">Tunnels end there.</param>
    /// <param name="physical">The index of the physical network that it reaches, or -1.</param>
    public void AttachNic(int interfaceIndex, bool tunnel, int physical)
    {
        if (physical >= 0)
        {
            _maps["physicals"].Update(BytesOf(physical), BytesOf(interfaceIndex));
        }

        InputKinds kinds = (tunnel ? InputKinds.Tunnel : 0) | (physical >= 0 ? InputKinds.Physical : 0);
        Attach(interfaceIndex, "nic", kinds, (uint)Math.Max(0, physical));
    }

    /// <summary>Ports that have a program, an earlier agent's included.</summary>
    public IReadOnlyList<int> AttachedPorts() => [.. Inputs(InputKinds.Port)];

    /// <summary>Takes everything off the node that <see cref="Open"/> and what followed put there; the calling thread's namespace is the node's.</summary>
    public static void Uninstall(FastPathSettings settings)
    {
        using FastPath path = Open(settings);
        foreach (int index in path.Inputs(InputKinds.Port | InputKinds.Physical | InputKinds.Tunnel | InputKinds.Device).ToList())
        {
            path.Detach(index);
        }

        foreach (string? directory in (string?[])[LinkDirectory(settings), MapDirectory(settings)])
        {
            if (directory is not null)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    /// <summary>
    /// Takes away what an earlier agent attached in the other mode. Call it when everything is attached in this one: until then the programs, which are the
    /// same, are on their interfaces twice, and the first of them has the packets.
    /// </summary>
    public void DetachOtherMode()
    {
        if (Mode == AttachmentMode.Tcx)
        {
            ProgramAttacher filters = new(AttachmentMode.Clsact, _route, pinDirectory: null);
            foreach (int index in Inputs(InputKinds.Port | InputKinds.Physical | InputKinds.Tunnel | InputKinds.Device))
            {
                using Attachment? attachment = filters.Find(index, TrafficDirection.Ingress);
                attachment?.Detach();
            }
        }
        else if (LinkDirectory(_settings) is { } directory)
        {
            foreach (string pin in BpfFileSystem.List(directory))
            {
                _ = BpfFileSystem.Unlink(Path.Combine(directory, pin));
            }
        }
    }

    private void Attach(int interfaceIndex, string program, InputKinds kinds, uint physical)
    {
        KernelInput input = new() { Kinds = kinds, Physical = physical };
        _maps["inputs"].Update(BytesOf(interfaceIndex), BytesOf(in input));
        if (_attached.TryGetValue(interfaceIndex, out Attachment? there))
        {
            there.Replace(Program(program));
        }
        else
        {
            _attached[interfaceIndex] = _attacher.Attach(Program(program), interfaceIndex, TrafficDirection.Ingress);
        }
    }

    private void Detach(int interfaceIndex)
    {
        _maps["inputs"].Delete(BytesOf(interfaceIndex));
        _ = _attached.Remove(interfaceIndex, out Attachment? attachment);
        try
        {
            attachment ??= _attacher.Find(interfaceIndex, TrafficDirection.Ingress);
            attachment?.Detach();
        }
        catch (DeviceException e) when (e.IsMissing)
        {
            // The interface is gone, and what was on it.
        }

        attachment?.Dispose();
    }

    private IEnumerable<int> Inputs(InputKinds kinds)
    {
        List<int> found = [];
        BpfMapSweep sweep = new(_maps["inputs"]);
        while (sweep.Next())
        {
            for (int i = 0; i < sweep.Count; i++)
            {
                if ((MemoryMarshal.Read<KernelInput>(sweep.ValueAt(i)).Kinds & kinds) != 0)
                {
                    found.Add(MemoryMarshal.Read<int>(sweep.KeyAt(i)));
                }
            }
        }

        return found;
    }
}
