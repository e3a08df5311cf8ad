using Vicinal.Ebpf.Tests.Support;

namespace Vicinal.Ebpf.Tests.Layout;

/// <summary>The committed object is what the sources say.</summary>
[Collection(KernelCollection.Name)]
public sealed class RebuildTests
{
    [Fact]
    public void The_committed_object_is_what_clang_makes_of_the_sources()
    {
        string target = Path.Combine(Path.GetTempPath(), KernelFixture.Unique("rebuilt") + ".o");
        try
        {
            Tool.Run("bash", Path.Combine(Repository.Root, "scripts", "build-ebpf"), target);
            byte[] rebuilt = File.ReadAllBytes(target);
            if (IsSameCompiler())
            {
                rebuilt.AsSpan().SequenceEqual(FastPath.ReadImage()).ShouldBeTrue("run scripts/build-ebpf and commit the object");
            }

            // Another release writes other instructions, and the verifier has to take those too.
            using BpfObject programs = BpfObject.Load(rebuilt);
            programs.Programs.Keys.ShouldBe(["port", "nic", "tunnel"], ignoreOrder: true);
        }
        finally
        {
            File.Delete(target);
        }
    }

    private static bool IsSameCompiler()
    {
        string made = File.ReadAllText(Path.Combine(Repository.Programs, "CLANG_VERSION")).Trim();
        return Tool.Run(SampleObject.Compiler, "--version").Contains($"clang version {made}", StringComparison.Ordinal);
    }
}
