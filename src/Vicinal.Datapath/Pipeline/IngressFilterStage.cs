using Vicinal.Datapath.State;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.Pipeline;

/// <summary>What reaches an instance, judged on its own node whichever way it came, and then delivered.</summary>
internal static class IngressFilterStage
{
    public static void Deliver<TSink>(Walk w, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.OutPort = port;
        w.Depend(port.Slot);
        if (!port.IsUp)
        {
            w.Drop(DropReason.PortDown);
            string why = port.Device < 0 ? "has no device on this node" : "is administratively down";
            Stage.IngressFilter.Say(port.Origin, $"{port.Row!.DeviceName} {why}", ref sink);

            return;
        }

        DropReason reason = FilterDecision.Judge(w, port, FilterDirection.Ingress, ref sink);
        if (reason == DropReason.None)
        {
            OutputStage.ToPort(w, port, ref sink);
        }
        else
        {
            w.Drop(reason);
        }
    }

    /// <summary>One port's copy of a flooded frame; that it is refused here is no reason to withhold it from others.</summary>
    public static void DeliverCopy<TSink>(Walk w, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (port != w.InPort && port.IsUp
            && FilterDecision.Judge(w, port, FilterDirection.Ingress, ref sink) == DropReason.None)
        {
            OutputStage.ToPort(w, port, ref sink);
        }
    }
}
