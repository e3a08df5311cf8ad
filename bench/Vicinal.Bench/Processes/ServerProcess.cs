using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Vicinal.Bench.Processes;

/// <summary>`vicinal server` on loopback with a store of its own on disk. Disposing it ends it by its pid and removes the store.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, string directory, int port)
    {
        _process = process;
        Directory = directory;
        Api = new Uri($"http://127.0.0.1:{port}/v2.0/");
    }

    public int Id => _process.Id;

    public string Directory { get; }

    public Uri Api { get; }

    public static ServerProcess Start()
    {
        string directory = BenchDirectory.Create();
        int port = FreePort();
        ProcessStartInfo start = new("sh",
            [
                "-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh", Path.Combine(directory, "server.log"),
                "dotnet", Path.Combine(AppContext.BaseDirectory, "vicinal.dll"),
                "server", "--listen", $"127.0.0.1:{port}", "--agents", $"127.0.0.1:{FreePort()}", "--store", $"sqlite:{Path.Combine(directory, "server.db")}",
            ]);
        Process process = Process.Start(start) ?? throw new InvalidOperationException("the server did not start");
        ServerProcess server = new(process, directory, port);
        Interruption.Undo(server.Dispose);
        try
        {
            server.WaitUntilItAnswers();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        BenchDirectory.Delete(Directory);
    }

    private void WaitUntilItAnswers()
    {
        using HttpClient http = new() { BaseAddress = Api };
        for (int tries = 0; ; tries++)
        {
            try
            {
                using HttpRequestMessage request = new(HttpMethod.Get, "networks");
                using HttpResponseMessage answer = http.Send(request);
                return;
            }
            catch (HttpRequestException) when (tries < 600 && !_process.HasExited)
            {
                Thread.Sleep(50);
            }
        }
    }

    private static int FreePort()
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
