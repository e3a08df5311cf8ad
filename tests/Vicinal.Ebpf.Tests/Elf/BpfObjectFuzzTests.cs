using System.Text;
using Vicinal.Ebpf.Elf;
using Vicinal.Ebpf.Tests.Support;

namespace Vicinal.Ebpf.Tests.Elf;

/// <summary>No object, however damaged, does more than throw the one exception.</summary>
[Collection(KernelCollection.Name)]
public sealed class BpfObjectFuzzTests
{
    [Fact]
    public void Every_truncation_is_refused_or_harmless()
    {
        byte[] valid = SampleObject.Counter;
        int refused = Enumerable.Range(0, valid.Length).Count(length => !Parses(valid.AsSpan(0, length), $"cut to {length} bytes"));

        // clang puts the section table last, so that no cut can leave a whole object.
        refused.ShouldBe(valid.Length);
    }

    [Fact]
    public void Random_damage_is_refused_or_harmless()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = [.. SampleObject.Counter];
            for (int flips = random.Next(1, 8); flips > 0; flips--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            refused += Parses(damaged, $"seed {seed}, round {round}") ? 0 : 1;
        }

        refused.ShouldBeGreaterThan(1000, $"seed {seed}");
    }

    [Theory]
    [InlineData(0, 8, "cut short or damaged")]
    [InlineData(18, 1, "clang -target bpf")]
    [InlineData(58, 1, "section table")]
    public void A_damaged_header_is_named(int at, int bytes, string words)
    {
        byte[] damaged = [.. SampleObject.Counter];
        int start = at == 0 ? 40 : at;
        damaged.AsSpan(start, bytes).Fill(0x7F);
        Should.Throw<BpfObjectException>(() => BpfObjectFile.Parse(damaged)).Message.ShouldContain(words);
    }

    [Theory]
    [InlineData("global.c", "int hits; __attribute__((section(\"tc\"), used)) int f(void *c) { return hits++; }", "hits")]
    [InlineData("call.c", "static __attribute__((noinline)) int g(int a) { return a * 3; } __attribute__((section(\"tc\"), used)) int f(int *c) { return g(*c); }", "always_inline")]
    public void What_is_not_supported_is_named(string name, string source, string words)
    {
        byte[] compiled = SampleObject.CompileText(name, source);
        Should.Throw<BpfObjectException>(() => BpfObjectFile.Parse(compiled)).Message.ShouldContain(words);
    }

    [Fact]
    public void Something_else_is_not_an_object() =>
        Should.Throw<BpfObjectException>(() => BpfObjectFile.Parse(Encoding.ASCII.GetBytes(new string('x', 500)))).Message.ShouldContain("not an ELF file");

    private static bool Parses(ReadOnlySpan<byte> file, string what)
    {
        try
        {
            _ = BpfObjectFile.Parse(file);
            return true;
        }
        catch (BpfObjectException)
        {
            return false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{what}: {e}", e);
        }
    }
}
