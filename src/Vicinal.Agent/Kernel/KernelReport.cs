using Vicinal.Ebpf;

namespace Vicinal.Agent.Kernel;

/// <summary>What this kernel offers to the fast path, and what an agent would choose, in words.</summary>
public static class KernelReport
{
    /// <summary>True when the kernel fast path would serve.</summary>
    public static bool Write(AttachChoice attach, TextWriter output)
    {
        KernelFeatures features = KernelFeatures.Probe();
        int width = features.All.Max(feature => feature.Name.Length);
        foreach (KernelFeature feature in features.All)
        {
            string reason = feature.Reason is null ? "" : $"  {FirstLineOf(feature.Reason)}";
            output.WriteLine($"{(feature.IsAvailable ? "yes" : "no ")}  {feature.Name.PadRight(width)}  {feature.Needs}{reason}");
        }

        if (BpfFileSystem.IsPrivateMountNamespace == true)
        {
            output.WriteLine("This is a mount namespace of its own: an agent here pins only where a bpffs is mounted before it starts.");
        }

        DatapathChoice choice = DatapathChoice.Of(DatapathKind.Auto, attach, features);
        output.WriteLine(choice.Attach is { } mode
            ? $"An agent would choose ebpf, attached by {mode.ToString().ToLowerInvariant()}."
            : $"An agent would choose userspace: {FirstLineOf(choice.Refusal!)}");
        return choice.Attach is not null;
    }

    /// <summary>Why an agent would choose userspace on this machine; null where it would choose the kernel.</summary>
    public static string? Refusal() => DatapathChoice.Of(DatapathKind.Auto, AttachChoice.Auto, KernelFeatures.Probe()).Refusal is { } refusal ? FirstLineOf(refusal) : null;

    private static string FirstLineOf(string text) => text.Split('\n')[0];
}
