using Vicinal.Devices;
using Vicinal.Ebpf;

namespace Vicinal.Agent.Kernel;

/// <summary>Where programs and maps are pinned, so that they outlive the agent.</summary>
/// <param name="Path">On a bpffs; null: nothing is pinned.</param>
/// <param name="Refusal">Why not.</param>
internal sealed record PinDirectory(string? Path, string? Refusal)
{
    /// <summary>The bpffs in the agent's state directory, mounted here when it is not there yet.</summary>
    public static PinDirectory Open(AgentSettings settings)
    {
        string path = settings.PinDirectory;
        if (BpfFileSystem.IsMounted(path))
        {
            return new PinDirectory(path, null);
        }

        if (BpfFileSystem.IsPrivateMountNamespace == true)
        {
            return new PinDirectory(null, $"the agent is in a mount namespace of its own, and a bpffs mounted there would end with it; mount one at {path} before");
        }

        try
        {
            Directory.CreateDirectory(path);
            File.WriteAllText(MarkerOf(path), "");
            BpfFileSystem.Mount(path);
            return new PinDirectory(path, null);
        }
        catch (DeviceException e)
        {
            return new PinDirectory(null, e.Message);
        }
    }

    /// <summary>Unmounts what an agent mounted; a mount that was there before it is its owner's.</summary>
    public static void Close(string path)
    {
        if (File.Exists(MarkerOf(path)))
        {
            BpfFileSystem.Unmount(path);
            Directory.Delete(path);
            File.Delete(MarkerOf(path));
        }
    }

    private static string MarkerOf(string path) => path + ".mounted";
}
