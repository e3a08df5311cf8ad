using Vicinal.Agent.Kernel;
using Vicinal.Datapath;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Agent.Wiring;

/// <summary>The NICs of the bridge mappings, by their index among the node's physical networks. Owned by the data-path thread.</summary>
internal sealed class ProviderNics : IDisposable
{
    private readonly List<Nic> _nics = [];
    private readonly FrameGuard _guard;

    private ProviderNics(FrameGuard guard) => _guard = guard;

    public IReadOnlyList<Nic> All => _nics;

    /// <param name="hearsAll">False: programs in the kernel have most of what comes in, and the sockets hear the rest.</param>
    public static ProviderNics Open(IReadOnlyList<BridgeMappingSetting> mappings, FrameGuard guard, bool hearsAll)
    {
        ProviderNics nics = new(guard);
        try
        {
            for (int i = 0; i < mappings.Count; i++)
            {
                nics._nics.Add(Nic.Open(mappings[i], i, guard, hearsAll));
            }

            return nics;
        }
        catch
        {
            nics.Dispose();
            throw;
        }
    }

    public void Serve(DataPathThread thread, Node node)
    {
        foreach (Nic nic in _nics)
        {
            thread.Serve(nic.Device.PollHandle, () => nic.ReceiveFromWire(node));
            thread.Serve(nic.Host.PollHandle, () => nic.ReceiveFromHost(node));
        }
    }

    /// <summary>The index of a physical network that this node reaches.</summary>
    public int? IndexOf(string physicalNetwork) => _nics.Find(nic => nic.PhysicalNetwork == physicalNetwork)?.Index;

    public void Refresh(LinkInfo link)
    {
        foreach (Nic nic in _nics.Where(nic => nic.Device.InterfaceIndex == link.Index))
        {
            nic.Device.Refresh();
            nic.Host.Refresh();
        }
    }

    /// <summary>Tells the guard, the host ports and the programs which MACs on each NIC are ours now.</summary>
    public void Share(IReadOnlyCollection<OwnedAddress> owned, KernelPath? kernel)
    {
        foreach (Nic nic in _nics)
        {
            List<OwnedAddress> here = [.. owned.Where(address => address.Physical == nic.Index)];
            List<MacAddress> macs = [.. here.Select(address => address.Mac).Distinct()];
            nic.SetOwnMacs(macs, _guard);
            kernel?.SetOwnMacs(nic.Index, here);
        }
    }

    public void Dispose() => _nics.ForEach(nic => nic.Dispose());
}
