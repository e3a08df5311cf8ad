using Vicinal.Devices.Native;

namespace Vicinal.Devices;

/// <summary>What the kernel knows of the machine's clock.</summary>
/// <param name="IsSynchronised">Something disciplines it and says that it succeeds.</param>
/// <param name="MaxErrorMicroseconds">As that something last said; it grows while nothing is said.</param>
public sealed record ClockState(bool IsSynchronised, long MaxErrorMicroseconds)
{
    /// <summary>Null where the kernel does not answer, as in some containers.</summary>
    public static unsafe ClockState? Read()
    {
        ClockCalls.Timex state = default;
        int answer = ClockCalls.Adjust(&state);
        return answer < 0 ? null : new ClockState(answer != ClockCalls.TIME_ERROR && (state.Status & ClockCalls.STA_UNSYNC) == 0, state.MaxError);
    }
}
