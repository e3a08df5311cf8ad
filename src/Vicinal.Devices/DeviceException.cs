using System.Runtime.InteropServices;
using Vicinal.Devices.Native;

namespace Vicinal.Devices;

/// <summary>The kernel refused to set something up. Never thrown where frames pass.</summary>
public sealed class DeviceException(string operation, int errorCode, string? detail = null)
    : IOException($"{operation}: {Marshal.GetPInvokeErrorMessage(errorCode)} (errno {errorCode}){(detail is null ? "" : $", {detail}")}")
{
    /// <summary>What was tried, for example "create link tap0".</summary>
    public string Operation { get; } = operation;

    /// <summary>The errno.</summary>
    public int ErrorCode { get; } = errorCode;

    public bool IsMissing => ErrorCode is Errno.ENOENT or Errno.ENODEV or Errno.ENXIO;

    public bool IsPermission => ErrorCode is Errno.EPERM or Errno.EACCES;

    public bool AlreadyExists => ErrorCode == Errno.EEXIST;

    internal static DeviceException FromLastError(string operation, string? detail = null) => new(operation, Errno.Last, detail);
}
