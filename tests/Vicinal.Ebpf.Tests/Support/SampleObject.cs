namespace Vicinal.Ebpf.Tests.Support;

/// <summary>Compiles the tests' C sources; clang's own output is what the loader has to read.</summary>
public static class SampleObject
{
    private static readonly Lazy<byte[]> s_counter = new(() => Compile("counter.c"));

    public static byte[] Counter => s_counter.Value;

    private static string Compiler { get; } =
        ((string[])["clang-14", "clang"]).FirstOrDefault(name => File.Exists($"/usr/bin/{name}"))
        ?? throw new InvalidOperationException("These tests compile for BPF with clang: install it, as scripts/test-packages does.");

    private static byte[] Compile(string source)
    {
        string target = Path.Combine(Path.GetTempPath(), KernelFixture.Unique(source) + ".o");
        try
        {
            string machine = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64";
            _ = Tool.Run(
                Compiler, "-target", "bpf", "-O2", "-g0", "-I", $"/usr/include/{machine}-linux-gnu",
                "-c", Path.Combine(AppContext.BaseDirectory, "Programs", source), "-o", target);
            return File.ReadAllBytes(target);
        }
        finally
        {
            File.Delete(target);
        }
    }
}
