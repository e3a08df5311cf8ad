using System.Diagnostics;
using System.Globalization;

namespace Vicinal.Server.Tests.Store;

/// <summary>A child process that writes to a store and says what was acknowledged; it dies with this object.</summary>
internal sealed class StoreWriterProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly Lock _lock = new();
    private readonly Task _reading;

    private StoreWriterProcess(Process process)
    {
        _process = process;
        _reading = Task.Run(Read);
    }

    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "Vicinal.StoreWriter.dll");

    /// <summary>Whole lines so far.</summary>
    public List<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public static string[] Command(string file, int writers, int count) =>
        ["dotnet", Assembly, file, writers.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture)];

    public static StoreWriterProcess Start(params IEnumerable<string> command)
    {
        string[] words = [.. command];
        ProcessStartInfo start = new(words[0], words[1..]) { RedirectStandardOutput = true, UseShellExecute = false };

        // The runtime maps its code twice through a file of 2 GiB, which a limit on file sizes would refuse.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return new StoreWriterProcess(Process.Start(start)!);
    }

    public int Id => _process.Id;

    public async Task WaitForAsync(Func<List<string>, bool> seen)
    {
        long start = Stopwatch.GetTimestamp();
        while (!seen(Lines))
        {
            if (_reading.IsCompleted && !seen(Lines))
            {
                throw new InvalidOperationException($"The child ended after: {string.Join('\n', Lines.TakeLast(5))}");
            }

            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(60), "the child says nothing");
            await Task.Delay(2);
        }
    }

    /// <summary>SIGKILL; returns what was said until then.</summary>
    public async Task<List<string>> KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        return await WaitForEndAsync();
    }

    public async Task<List<string>> WaitForEndAsync()
    {
        await _process.WaitForExitAsync();
        await _reading;
        return Lines;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void Read()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            lock (_lock)
            {
                _lines.Add(line);
            }
        }
    }
}
