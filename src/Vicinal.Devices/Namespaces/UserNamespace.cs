namespace Vicinal.Devices.Namespaces;

/// <summary>Which user namespace this process lives in.</summary>
public static class UserNamespace
{
    /// <summary>True in the machine's first user namespace, where root is the real root: the only one whose ids map to themselves, all of them.</summary>
    public static bool IsInitial
    {
        get
        {
            string[] fields = File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return fields is ["0", "0", "4294967295"];
        }
    }
}
