using Vicinal.Ebpf;

namespace Vicinal.Agent.Kernel;

/// <summary>Which executor can serve on a kernel, and what speaks against the fast path. Pure.</summary>
/// <param name="Attach">How programs are attached; null when they are not.</param>
/// <param name="Refusal">Null: the kernel fast path is taken.</param>
public sealed record DatapathChoice(AttachmentMode? Attach, string? Refusal)
{
    public static DatapathChoice Of(DatapathKind asked, AttachChoice attach, KernelFeatures features)
    {
        if (asked == DatapathKind.Userspace)
        {
            return new DatapathChoice(null, "userspace was asked for");
        }

        bool tcx = attach == AttachChoice.Tcx || (attach == AttachChoice.Auto && features.TcxLinks.IsAvailable);
        KernelFeature[] needed =
        [
            features.SystemCall, features.MappedArrays, features.BatchOperations, features.TunnelEncapsulation, features.RedirectNeighbour,
            tcx ? features.TcxLinks : features.ClsactFilters,
        ];
        return needed.FirstOrDefault(feature => !feature.IsAvailable) is { } missing
            ? new DatapathChoice(null, $"{missing.Name} is missing, which {missing.Needs} has: {missing.Reason}")
            : new DatapathChoice(tcx ? AttachmentMode.Tcx : AttachmentMode.Clsact, null);
    }
}
