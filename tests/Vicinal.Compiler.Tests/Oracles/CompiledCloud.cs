using Vicinal.Forwarding;
using Vicinal.Model.Tests.Clouds;

namespace Vicinal.Compiler.Tests.Oracles;

/// <summary>A cloud under construction with a checked compiler behind it.</summary>
internal sealed class CompiledCloud
{
    private readonly CheckedCompiler _compiler = new();

    public CloudBuilder Cloud { get; } = new();

    public ForwardingSnapshot Snapshot => _compiler.Snapshot;

    /// <summary>Compiles the edits since the last call.</summary>
    public CompileResult Compile() => _compiler.Apply(Cloud.Publish());

    /// <summary>Compiles, and the rows of one kind that there are then.</summary>
    public IReadOnlyList<T> Rows<T>()
        where T : Row
    {
        Compile();
        return [.. Snapshot.Units.SelectMany(static u => u.Rows).OfType<T>()];
    }

    public T Row<T>()
        where T : Row => Rows<T>().ShouldHaveSingleItem();
}
