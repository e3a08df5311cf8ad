using Vicinal.Model;

namespace Vicinal.Server.Writing;

/// <summary>What the writer itself may answer instead of an edit's result.</summary>
internal static class WriterFaults
{
    public static NeutronFault Busy() =>
        new(503, "ServiceUnavailable", "The server has too many writes waiting; try again.");

    public static NeutronFault Stopping() => new(503, "ServiceUnavailable", "The server is stopping.");

    public static NeutronFault NotStored(Exception reason) =>
        new(503, "ServiceUnavailable", $"The change was not made, since it could not be stored: {reason.Message}");
}
