using Microsoft.Extensions.Logging;
using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Distribution;

/// <summary>
/// Writes what the nodes report into the model: the status of ports and floating IPs. Reports gather while a write is under
/// way, the newest word on each counts, and what says nothing new costs no write.
/// </summary>
internal sealed class StatusWriter : IAsyncDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly TopologyWriter _writer;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private Dictionary<Guid, PortWord> _ports = [];
    private Dictionary<Guid, StaticNatRow?> _floatingIps = [];

    public StatusWriter(TopologyWriter writer, ILogger log)
    {
        _writer = writer;
        _log = log;
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>The node of the host has the port's data path up, or not.</summary>
    public void Port(Guid port, string host, bool up)
    {
        lock (_lock)
        {
            _ports[port] = new PortWord(host, up);
        }

        _news.Release();
    }

    /// <param name="row">What its owner has put to work; null: no node serves it.</param>
    public void FloatingIp(Guid floatingIp, StaticNatRow? row)
    {
        lock (_lock)
        {
            _floatingIps[floatingIp] = row;
        }

        _news.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
        _news.Dispose();
    }

    private async Task LoopAsync()
    {
        try
        {
            while (true)
            {
                await _news.WaitAsync(_stopping.Token);
                while (_news.Wait(0))
                {
                    // All that was announced is taken at once.
                }

                await WriteAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; agents tell the next one everything again.
        }
    }

    private async Task WriteAsync()
    {
        Dictionary<Guid, PortWord> ports;
        Dictionary<Guid, StaticNatRow?> floatingIps;
        lock (_lock)
        {
            (ports, _ports) = (_ports, []);
            (floatingIps, _floatingIps) = (_floatingIps, []);
        }

        try
        {
            await _writer.WriteAsync(
                edit =>
                {
                    foreach ((Guid id, PortWord word) in ports)
                    {
                        Mark(edit, id, word);
                    }

                    foreach ((Guid id, StaticNatRow? row) in floatingIps)
                    {
                        Mark(edit, id, row);
                    }
                },
                _stopping.Token);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _log.LogWarning("The status of {Count} ports and floating IPs is not written yet: {Reason}", ports.Count + floatingIps.Count, failure.Message);
            PutBack(ports, floatingIps);
            await Task.Delay(s_retry, _stopping.Token);
            _news.Release();
        }
    }

    private static void Mark(TopologyEdit edit, Guid id, PortWord word)
    {
        // A node has a say about the ports that are bound to it, and the report may cross a rebinding or the removal.
        if (edit.Current.Ports.TryGetValue(id, out Port? port) && port.BindingHostId == word.Host)
        {
            string status = word.Up && port.AdminStateUp ? PortStatus.Active : PortStatus.Down;
            if (port.Status != status)
            {
                edit.Put(port with { Status = status });
            }
        }
    }

    private static void Mark(TopologyEdit edit, Guid id, StaticNatRow? row)
    {
        if (!edit.Current.FloatingIps.TryGetValue(id, out FloatingIp? floatingIp))
        {
            return;
        }

        if (row is null)
        {
            if (floatingIp.Status == PortStatus.Active)
            {
                FloatingIpRules.MarkDown(edit, id);
            }
        }
        else if (floatingIp.Status != PortStatus.Active && floatingIp.PortId == row.PortId && floatingIp.FixedIpAddress == row.FixedAddress)
        {
            FloatingIpRules.MarkActive(edit, id);
        }
    }

    private void PutBack(Dictionary<Guid, PortWord> ports, Dictionary<Guid, StaticNatRow?> floatingIps)
    {
        lock (_lock)
        {
            foreach ((Guid id, PortWord word) in ports)
            {
                _ports.TryAdd(id, word);
            }

            foreach ((Guid id, StaticNatRow? row) in floatingIps)
            {
                _floatingIps.TryAdd(id, row);
            }
        }
    }

    private readonly record struct PortWord(string Host, bool Up);
}
