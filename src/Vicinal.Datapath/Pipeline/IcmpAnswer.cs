using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// What a router says itself: echo replies, and errors about packets that it cannot forward. An answer goes back where its cause came
/// from, as an answer of the MAC that this was sent to; only what came through a router's transit needs a walk of its own.
/// </summary>
internal static class IcmpAnswer
{
    /// <summary>A packet to one of the router's own addresses.</summary>
    public static void ForSelf<TSink>(Walk w, Router router, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (RouterEcho.TryAnswer(in w.In, w.Frame, w.In.DestinationMac, w.Context.Answer))
        {
            Route(w);
            w.End(Disposition.Answered);
            Stage.Services.Say(router.Origin, $"router {router.Id} answers the ping of {w.In.Destination}", ref sink);

            return;
        }

        bool hasPorts = IpProtocol.HasPorts(w.In.Protocol);
        RouterStage.Refuse(w, router, DropReason.UnsupportedProtocol, $"a router speaks ICMP only", ref sink);
        if (!w.In.IsIcmp)
        {
            Error(w, hasPorts ? IcmpErrorKind.PortUnreachable : IcmpErrorKind.ProtocolUnreachable, w.In.Destination, 0, ref sink);
        }
    }

    /// <summary>From the router that has the packet, as the sender knows it.</summary>
    public static void Error<TSink>(Walk w, IcmpErrorKind kind, int mtu, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (ReporterOf(w) is { } reporter)
        {
            Error(w, kind, reporter, mtu, ref sink);
        }
    }

    public static void Error<TSink>(Walk w, IcmpErrorKind kind, IpAddress reporter, int mtu, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.In.DestinationMac.IsMulticast
            || !IcmpError.TryBuild(kind, w.Frame, in w.In, reporter, w.In.DestinationMac, mtu, w.Context.Answer))
        {
            return;
        }

        Route(w);
        w.AnswerIsError = true;
        Stage.Services.Say(w.Router?.Origin ?? default, $"{reporter} tells {w.In.Source}: {kind}", ref sink);
    }

    private static void Route(Walk w) =>
        w.AnswerRoute = w.IsByTransit ? AnswerRoute.FromRouter : AnswerRoute.Back;

    /// <summary>On one network, with no router to speak, the destination itself.</summary>
    private static IpAddress? ReporterOf(Walk w) => w switch
    {
        { Router: null } => w.In.Destination,
        { RouterIngress: { } port } => port.SourceFor(w.In.Source),
        { RouterIngressOwner: StaticNat nat } => nat.Row.ExternalAddress,
        { RouterIngressOwner: Gateway gateway } => gateway.AddressOf(w.In.IsIpv4),
        { Router: { } router } when router.Fib.TryFind(w.In.Source, out FibEntry? back) => back.Interface?.SourceFor(w.In.Source),
        _ => null,
    };
}
