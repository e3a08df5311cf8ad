using System.Runtime.InteropServices;

namespace Vicinal.Devices.Native;

/// <summary>adjtimex(2), as a question only.</summary>
internal static unsafe partial class ClockCalls
{
    /// <summary>STA_UNSYNC: nothing says that the clock is right.</summary>
    public const int STA_UNSYNC = 0x40;

    /// <summary>TIME_ERROR, as the call returns it for the same.</summary>
    public const int TIME_ERROR = 5;

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    public static partial int Adjust(Timex* state);

    /// <summary>struct timex of 64-bit Linux; with modes 0 nothing is set.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 208)]
    public struct Timex
    {
        public uint Modes;
        public long Offset;
        public long Frequency;

        /// <summary>Microseconds.</summary>
        public long MaxError;

        public long EstimatedError;
        public int Status;
    }
}
