using System.Buffers.Binary;
using Vicinal.Devices.Native;

namespace Vicinal.Devices.Netlink;

/// <summary>
/// nfnetlink's nf_tables messages for the netdev family (linux/netfilter/nf_tables.h), one table. What is written between
/// <see cref="Begin"/> and <see cref="Commit"/> takes effect as one transaction or not at all.
/// </summary>
internal sealed partial class NfTables(string table) : IDisposable
{
    public const uint Drop = 0;
    public const uint Accept = 1;

    private const ushort Subsystem = 10 << 8;
    private const ushort BatchBegin = 0x10;
    private const ushort BatchEnd = 0x11;
    private const ushort NewTable = Subsystem | 0;
    private const ushort DelTable = Subsystem | 2;
    private const ushort NewChainType = Subsystem | 3;
    private const ushort GetChain = Subsystem | 4;
    private const ushort DelChain = Subsystem | 5;
    private const byte NetdevFamily = 5;
    private const int FixedSize = 4;
    private const int IngressHook = 0;

    private readonly NetlinkSocket _socket = new(NetlinkCalls.NETLINK_NETFILTER);
    private readonly NetlinkMessage _message = new();
    private uint _first;

    public void Begin()
    {
        _message.Clear();
        _first = _socket.NextSequence();
        BinaryPrimitives.WriteUInt16BigEndian(_message.Begin(BatchBegin, NetlinkSocket.NLM_F_REQUEST, _first, FixedSize)[2..], Subsystem >> 8);
        _message.End();

        // Creating without EXCL takes a table that is there.
        Open(NewTable, NetlinkSocket.NLM_F_CREATE);
        _message.PutString(1, table);
        _message.End();
    }

    public void Commit(string operation)
    {
        // The table once more, which changes nothing: its acknowledgement says that the transaction was committed.
        Open(NewTable, NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_ACK);
        _message.PutString(1, table);
        _message.End();
        Finish(operation);
    }

    /// <summary>The whole table goes, in a transaction of its own.</summary>
    public void DeleteTable(string operation)
    {
        Begin();
        Open(DelTable, NetlinkSocket.NLM_F_ACK);
        _message.PutString(1, table);
        _message.End();
        Finish(operation);
    }

    private void Finish(string operation)
    {
        uint last = _socket.LastSequence;
        BinaryPrimitives.WriteUInt16BigEndian(_message.Begin(BatchEnd, NetlinkSocket.NLM_F_REQUEST, _socket.NextSequence(), FixedSize)[2..], Subsystem >> 8);
        _message.End();
        _socket.Transact(_message, _first, last, operation);
    }

    /// <summary>A chain at the device's ingress, empty, that ends in the verdict given. One that was there before is replaced with nothing let through between.</summary>
    public void ReplaceIngressChain(string chain, string device, uint policy)
    {
        AddIngressChain(chain, device, policy);
        DeleteChain(chain);
        AddIngressChain(chain, device, policy);
    }

    public void DeleteChain(string chain)
    {
        Open(DelChain, 0);
        _message.PutString(1, table);
        _message.PutString(3, chain);
        _message.End();
    }

    /// <summary>The names of the table's chains.</summary>
    public IReadOnlyList<string> Chains()
    {
        List<string> chains = [];
        _socket.Dump(
            (request, sequence) =>
            {
                Span<byte> body = request.Begin(GetChain, NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_DUMP, sequence, FixedSize);
                body[0] = NetdevFamily;
                request.End();
            },
            (type, body) =>
            {
                if (type == NewChainType && ChainNameIn(body, table) is { } name)
                {
                    chains.Add(name);
                }
            },
            chains.Clear,
            "list nftables chains");
        return chains;
    }

    public void Dispose() => _socket.Dispose();

    internal static string? ChainNameIn(ReadOnlySpan<byte> body, string table)
    {
        if (body.Length < FixedSize || body[0] != NetdevFamily)
        {
            return null;
        }

        string? name = null;
        bool ours = false;
        AttributeReader attributes = new(body[FixedSize..]);
        while (attributes.Next())
        {
            ours |= attributes.Type == 1 && attributes.String == table;
            name = attributes.Type == 3 ? attributes.String : name;
        }

        return ours ? name : null;
    }

    private void AddIngressChain(string chain, string device, uint policy)
    {
        Open(NewChainType, NetlinkSocket.NLM_F_CREATE);
        _message.PutString(1, table);
        _message.PutString(3, chain);
        int hook = _message.BeginNest(4);
        _message.PutBigEndian(1, IngressHook);
        _message.PutBigEndian(2, 0);
        _message.PutString(3, device);
        _message.EndNest(hook);
        _message.PutBigEndian(5, policy);
        _message.PutString(7, "filter");
        _message.End();
    }

    private void Open(ushort type, ushort flags) =>
        _message.Begin(type, (ushort)(NetlinkSocket.NLM_F_REQUEST | flags), _socket.NextSequence(), FixedSize)[0] = NetdevFamily;
}
