using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Vicinal.Bench.Labs;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab.Instances;

namespace Vicinal.Bench.Services;

/// <summary>What a node's services give to one instance, asked from within it: metadata from files, and internal names.</summary>
internal static class ServicesBench
{
    private static readonly Uri s_question = new("http://169.254.169.254/openstack/latest/meta_data.json");
    private static readonly IPEndPoint s_resolver = new(IPAddress.Parse("169.254.169.254"), 53);

    /// <param name="arguments">Seconds for each row.</param>
    public static Section Run(string[] arguments)
    {
        TimeSpan time = TimeSpan.FromSeconds(arguments.Length > 0 ? int.Parse(arguments[0]) : 5);
        Section section = new("Services: metadata and names at the service address");
        section.Line("One instance asks its own node, whose agent has the built-in source. A port may begin 500 connections or questions a second, which bounds the rows marked *.");
        section.Line("");
        section.Header("question", "connections", "answers/s", "p50 ms", "p99 ms");
        using BenchLab lab = BenchLab.Up(Leftovers.LabName("services"));
        Instance instance = lab.Boot("asker", lab.Blue, "c1", lab.OpenGroup);
        lab.Api.Update("ports", instance.PortId.ToString(), new JsonObject { ["device_id"] = Guid.NewGuid().ToString(), ["dns_name"] = "asker" });
        lab.WaitApplied();
        foreach (int connections in (int[])[1, 4, 16])
        {
            Row(section, "metadata, connections kept", connections, time, Measure(connections, time, () => new MetadataClient(instance, keep: true)));
        }

        Row(section, "metadata, a connection each *", 1, time, Measure(1, time, () => new MetadataClient(instance, keep: false)));
        string name = (string)((JsonArray)lab.Api.Get("ports", instance.PortId.ToString())["dns_assignment"]!)[0]!["fqdn"]!;
        Row(section, "an internal name, UDP", 1, time, Measure(1, time, () => new NameClient(instance, name.TrimEnd('.'))));
        return section;
    }

    private static Samples Measure(int connections, TimeSpan time, Func<IAsker> make)
    {
        List<Samples> all = [.. Enumerable.Range(0, connections).Select(_ => new Samples())];
        Thread[] threads = [.. all.Select(samples => new Thread(() =>
        {
            using IAsker asker = make();
            asker.Ask();
            long end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
            for (long start = Stopwatch.GetTimestamp(); start < end; start = Stopwatch.GetTimestamp())
            {
                asker.Ask();
                samples.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Samples joined = new();
        foreach (double value in all.SelectMany(samples => samples.Values))
        {
            joined.Add(value);
        }

        return joined;
    }

    private static void Row(Section section, string what, int connections, TimeSpan time, Samples samples) =>
        section.Row(what, $"{connections}", $"{samples.Count / time.TotalSeconds:f0}", $"{samples.Median:f2}", $"{samples.At(99):f2}");

    private interface IAsker : IDisposable
    {
        void Ask();
    }

    private sealed class MetadataClient : IAsker
    {
        private readonly HttpClient _http;

        public MetadataClient(Instance instance, bool keep)
        {
            NetworkNamespace inside = NetworkNamespace.Open(instance.Namespace);
            _http = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (context, cancellation) =>
                {
                    Socket socket = inside.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
                    await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
            _http.DefaultRequestHeaders.ConnectionClose = !keep;
        }

        public void Ask()
        {
            using HttpRequestMessage request = new(HttpMethod.Get, s_question);
            using HttpResponseMessage answer = _http.Send(request);
            _ = answer.EnsureSuccessStatusCode();
            answer.Content.ReadAsStream().CopyTo(Stream.Null);
        }

        public void Dispose() => _http.Dispose();
    }

    private sealed class NameClient : IAsker
    {
        private readonly Socket _socket;
        private readonly byte[] _question;
        private readonly byte[] _answer = new byte[512];

        public NameClient(Instance instance, string name)
        {
            _socket = NetworkNamespace.Open(instance.Namespace).Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2000 });
            _socket.Connect(s_resolver);
            _question =
            [
                0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
                .. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. System.Text.Encoding.ASCII.GetBytes(label)]), 0, 0, 1, 0, 1,
            ];
        }

        public void Ask()
        {
            _socket.Send(_question);
            int length = _socket.Receive(_answer);
            if (length < 12 || _answer[7] != 1)
            {
                throw new InvalidOperationException("the resolver does not know the name");
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
