using Vicinal.Model;

namespace Vicinal.Server.Writing;

/// <summary>One caller's edit on its way through the writer. All members but the constructor run on the writer's thread.</summary>
internal abstract class WriteRequest(CancellationToken cancellation)
{
    /// <summary>The caller gave up before the writer came to it.</summary>
    public bool IsAbandoned => cancellation.IsCancellationRequested;

    protected CancellationToken Cancellation => cancellation;

    /// <summary>Runs the edit; what it throws refuses this request alone.</summary>
    public abstract void Run(TopologyEdit edit);

    public abstract void Complete(long revision);

    public abstract void Fail(Exception reason);

    public abstract void Abandon();
}

internal sealed class WriteRequest<T>(Func<TopologyEdit, T> edit, CancellationToken cancellation) : WriteRequest(cancellation)
{
    // Continuations run on the thread pool: the writer's thread serves nobody else.
    private readonly TaskCompletionSource<Written<T>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _value;

    public Task<Written<T>> Task => _done.Task;

    public override void Run(TopologyEdit start) => _value = edit(start);

    public override void Complete(long revision) => _done.TrySetResult(new Written<T>(_value!, revision));

    public override void Fail(Exception reason) => _done.TrySetException(reason);

    public override void Abandon() => _done.TrySetCanceled(Cancellation);
}
