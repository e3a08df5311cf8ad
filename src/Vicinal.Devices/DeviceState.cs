namespace Vicinal.Devices;

/// <summary>What a device learned about its link from the last system calls.</summary>
public enum DeviceState
{
    Up = 0,

    /// <summary>The interface is administratively down; it works again when it is set up.</summary>
    Down = 1,

    /// <summary>The interface no longer exists; the device has to be closed.</summary>
    Gone = 2,
}
