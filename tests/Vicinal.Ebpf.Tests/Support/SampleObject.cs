using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Tests.Support;

/// <summary>Compiles the tests' C sources; clang's own output is what the loader has to read.</summary>
public static class SampleObject
{
    private static readonly Lazy<byte[]> s_counter = new(() => Compile(Path.Combine(AppContext.BaseDirectory, "Programs", "counter.c")));

    public static byte[] Counter => s_counter.Value;

    /// <summary>With which linux/ headers are found.</summary>
    public static string[] Flags { get; } =
        ["-target", "bpf", "-O2", "-I", $"/usr/include/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64")}-linux-gnu"];

    public static string Compiler { get; } =
        ((string[])["clang-14", "clang"]).FirstOrDefault(name => File.Exists($"/usr/bin/{name}"))
        ?? throw new InvalidOperationException("These tests compile for BPF with clang: install it, as scripts/test-packages does.");

    /// <summary>Compiles a source that a test writes itself.</summary>
    public static byte[] CompileText(string name, string source)
    {
        string path = Path.Combine(Path.GetTempPath(), KernelFixture.Unique(name));
        try
        {
            File.WriteAllText(path, source);
            return Compile(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] Compile(string source)
    {
        string target = Path.Combine(Path.GetTempPath(), KernelFixture.Unique("sample.o"));
        try
        {
            _ = Tool.Run(Compiler, [.. Flags, "-x", "c", "-c", source, "-o", target]);
            return File.ReadAllBytes(target);
        }
        finally
        {
            File.Delete(target);
        }
    }
}
