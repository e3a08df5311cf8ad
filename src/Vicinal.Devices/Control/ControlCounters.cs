namespace Vicinal.Devices.Control;

/// <summary>Counts since the socket was opened; written by its thread alone.</summary>
public sealed class ControlCounters
{
    public long Received;

    /// <summary>Received datagrams that were dropped for their length.</summary>
    public long TooLong;

    public long Sent;

    /// <summary>No way there, or no room.</summary>
    public long SendFailed;
}
