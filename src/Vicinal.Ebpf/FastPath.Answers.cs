using System.Runtime.InteropServices;
using Vicinal.Ebpf.Layout;
using Vicinal.Packets;

namespace Vicinal.Ebpf;

/// <summary>Where an earlier agent was asked for an address, and answered.</summary>
public sealed record FormerAnswer(byte InputKind, uint InputIndex, ushort Vlan, IpAddress Target);

/// <content>
/// What programs say about neighbours while the agent is away. Guests and routers ask again every minute or so, and a question without an answer
/// would end flows that the programs still carry.
/// </content>
public sealed partial class FastPath
{
    /// <summary>Remembers an answer that the agent gave. With more stamps than the layout has room for it is not remembered.</summary>
    /// <param name="inputKind">FlowInputKind of where it was asked: a port, or a physical network.</param>
    /// <param name="lease">What it may be repeated under; 0 for what needs no lease.</param>
    public void PutAnswer(
        byte inputKind, uint inputIndex, ushort vlan, IpAddress target, MacAddress owner, bool isRouter, LeaseKind lease, ReadOnlySpan<KernelStamp> stamps)
    {
        if (stamps.Length > KernelAnswer.MaxStamps)
        {
            return;
        }

        KernelAnswerKey key = new() { Target = target, InputIndex = inputIndex, Vlan = vlan, InputKind = inputKind };
        Span<byte> mac = stackalloc byte[6];
        owner.Write(mac);
        KernelAnswer answer = new()
        {
            MacFirst = MemoryMarshal.Read<ushort>(mac),
            MacRest = MemoryMarshal.Read<uint>(mac[2..]),
            IsRouter = isRouter ? (byte)1 : (byte)0,
            StampCount = (byte)stamps.Length,
            Lease = (byte)lease,
        };
        stamps.CopyTo(answer.Stamps);
        _ = _maps["answers"].TryUpdate(BytesOf(in key), BytesOf(in answer));
    }

    /// <summary>
    /// Takes out what an earlier agent had answered. What of it still holds this agent is to put again, before its first <see cref="Beat"/>: nothing would
    /// correct the answers of another from then on.
    /// </summary>
    public IReadOnlyList<FormerAnswer> TakeAnswers()
    {
        List<FormerAnswer> taken = [];
        BpfMap answers = _maps["answers"];
        BpfMapSweep sweep = new(answers);
        while (sweep.Next())
        {
            for (int i = 0; i < sweep.Count; i++)
            {
                KernelAnswerKey key = MemoryMarshal.Read<KernelAnswerKey>(sweep.KeyAt(i));
                taken.Add(new FormerAnswer(key.InputKind, key.InputIndex, key.Vlan, key.Target));
                _ = answers.Delete(sweep.KeyAt(i));
            }
        }

        return taken;
    }
}
