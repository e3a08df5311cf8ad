using Microsoft.Extensions.Hosting;

namespace Vicinal.Server;

/// <summary>
/// The lifetime of a web host that is a part of something larger. The framework's own takes the process's signals, so that
/// each part would stop by itself and the program around them would not.
/// </summary>
internal sealed class ParentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
