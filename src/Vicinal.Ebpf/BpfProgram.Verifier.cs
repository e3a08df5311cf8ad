using System.Runtime.InteropServices;
using System.Text;
using Vicinal.Devices;
using Vicinal.Devices.Native;
using Vicinal.Ebpf.Native;

namespace Vicinal.Ebpf;

public sealed unsafe partial class BpfProgram
{
    /// <summary>The most that all kernels allow; only what is written takes memory.</summary>
    private const uint LogSize = (16 << 20) - 1;

    /// <summary>What is kept of a log. Its end tells why; the beginning is the program, instruction by instruction.</summary>
    private const int LogKept = 64 << 10;

    /// <summary>Loads once more for the verifier's words, which would make every successful load slower.</summary>
    private static IOException ReasonOf(string name, ProgramLoadAttributes attributes, int error)
    {
        string operation = $"load program {name}";
        if (error is Errno.EPERM or Errno.E2BIG)
        {
            return new DeviceException(operation, error);
        }

        byte* log = (byte*)NativeMemory.AllocZeroed(LogSize);
        try
        {
            attributes.Log = log;
            attributes.LogSize = LogSize;
            attributes.LogLevel = 1;
            int fd = BpfCalls.TryInvoke(BpfCommand.ProgramLoad, ref attributes);
            if (fd >= 0)
            {
                new Descriptor(fd).Dispose();
                return new DeviceException(operation, error, "a second attempt succeeded");
            }

            string words = EndOf(log);
            return words.Length == 0 ? new DeviceException(operation, error) : new BpfVerifierException(name, error, words);
        }
        finally
        {
            NativeMemory.Free(log);
        }
    }

    private static string EndOf(byte* log)
    {
        ReadOnlySpan<byte> words = new(log, (int)LogSize);
        int end = words.IndexOf((byte)0);
        words = end < 0 ? words : words[..end];
        return Encoding.UTF8.GetString(words[^Math.Min(words.Length, LogKept)..]);
    }
}
