using Vicinal.Lab.Tenants;
using Vicinal.Packets;

namespace Vicinal.Lab.Captures;

/// <summary>
/// What nodes put on the external segment in the name of a router: frames, ARP among them, with the MAC of its gateway or of a floating IP. It is listened to all
/// the time, since the kernel keeps what half a second of traffic makes and no more.
/// </summary>
public sealed class ExternalWire : IDisposable
{
    private readonly Capture _capture;
    private readonly HashSet<MacAddress> _macs;
    private readonly List<string> _speakers = [];
    private readonly Timer _listening;

    public ExternalWire(LabCloud cloud, RoutedTenant tenant)
    {
        IEnumerable<string> floating = cloud.Neutron.List("floatingips", $"router_id={tenant.Router}").Select(ip => (string)ip["id"]!);
        _macs =
        [
            .. floating.Append(tenant.Router).SelectMany(device => cloud.Neutron.List("ports", $"device_id={device}"))
                .Where(port => (string?)port["device_owner"] is "network:router_gateway" or "network:floatingip")
                .Select(port => MacAddress.Parse((string)port["mac_address"]!, null)),
        ];
        if (_macs.Count < 2)
        {
            throw new LabException($"{tenant.RouterName} has no gateway with a floating IP to listen for");
        }

        _capture = Capture.Open("external", cloud.Plan.Namespace("external"));
        _listening = new Timer(_ => Listen(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
    }

    /// <summary>How many frames nodes sent in the router's name since the beginning, or <see cref="Forget"/>.</summary>
    public int Listen()
    {
        lock (_speakers)
        {
            _speakers.AddRange(_capture.Collect().Where(frame => !frame.Outgoing && IsOfRouter(frame)).Select(frame => frame.Interface["p-".Length..]));
            return _speakers.Count;
        }
    }

    /// <summary>Which nodes they were, in turn; frames of one node that follow each other are one turn.</summary>
    public IReadOnlyList<string> Turns()
    {
        lock (_speakers)
        {
            _ = Listen();
            return [.. _speakers.Where((speaker, i) => i == 0 || _speakers[i - 1] != speaker)];
        }
    }

    public void Forget()
    {
        lock (_speakers)
        {
            _ = Listen();
            _speakers.Clear();
        }
    }

    public void Dispose()
    {
        using (ManualResetEvent ended = new(false))
        {
            if (_listening.Dispose(ended))
            {
                ended.WaitOne();
            }
        }

        _capture.Dispose();
    }

    private bool IsOfRouter(CapturedFrame frame) => frame.Interface.StartsWith("p-g", StringComparison.Ordinal)
        && frame.Bytes.Length >= 14 && _macs.Contains(MacAddress.Read(frame.Bytes.AsSpan(6)));
}
