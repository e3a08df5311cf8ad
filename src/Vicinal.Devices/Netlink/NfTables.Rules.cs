using Vicinal.Packets;

namespace Vicinal.Devices.Netlink;

internal sealed partial class NfTables
{
    private const ushort NewRule = Subsystem | 6;
    private const ushort NewSet = Subsystem | 9;
    private const ushort DelSet = Subsystem | 11;
    private const ushort NewElement = Subsystem | 12;
    private const ushort DelElement = Subsystem | 14;

    /// <summary>nft's number for ether_addr, so that `nft list` prints addresses.</summary>
    private const uint EtherAddressType = 9;

    /// <summary>One attribute's length is 16 bits; an element takes 20 bytes.</summary>
    private const int ElementsPerMessage = 2000;

    /// <summary>A set of MAC addresses, or the one that is there.</summary>
    public void AddMacSet(string set)
    {
        Open(NewSet, NetlinkSocket.NLM_F_CREATE);
        _message.PutString(1, table);
        _message.PutString(2, set);
        _message.PutBigEndian(3, 0);
        _message.PutBigEndian(4, EtherAddressType);
        _message.PutBigEndian(5, MacAddress.Size);
        _message.PutBigEndian(10, 1);
        _message.End();
    }

    public void DeleteSet(string set)
    {
        Open(DelSet, 0);
        _message.PutString(1, table);
        _message.PutString(2, set);
        _message.End();
    }

    public void FlushSet(string set)
    {
        Open(DelElement, 0);
        _message.PutString(1, table);
        _message.PutString(2, set);
        _message.End();
    }

    public void AddElements(string set, IEnumerable<MacAddress> macs)
    {
        foreach (MacAddress[] some in macs.Chunk(ElementsPerMessage))
        {
            Open(NewElement, NetlinkSocket.NLM_F_CREATE);
            _message.PutString(1, table);
            _message.PutString(2, set);
            int elements = _message.BeginNest(3);
            foreach (MacAddress mac in some)
            {
                int element = _message.BeginNest(1);
                int key = _message.BeginNest(1);
                _message.PutMac(1, mac);
                _message.EndNest(key);
                _message.EndNest(element);
            }

            _message.EndNest(elements);
            _message.End();
        }
    }

    /// <summary>"ether daddr @set drop".</summary>
    public void DropDestinationsIn(string chain, string set)
    {
        Open(NewRule, NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_APPEND);
        _message.PutString(1, table);
        _message.PutString(2, chain);
        int expressions = _message.BeginNest(4);

        // Load six octets at offset 0 of the link-layer header into register 1, look them up, drop.
        Expression("payload", [(1, 1), (2, 0), (3, 0), (4, MacAddress.Size)]);
        int lookup = BeginExpression("lookup", out int lookupData);
        _message.PutString(1, set);
        _message.PutBigEndian(2, 1);
        EndExpression(lookup, lookupData);
        int immediate = BeginExpression("immediate", out int immediateData);
        _message.PutBigEndian(1, 0);
        int data = _message.BeginNest(2);
        int verdict = _message.BeginNest(2);
        _message.PutBigEndian(1, Drop);
        _message.EndNest(verdict);
        _message.EndNest(data);
        EndExpression(immediate, immediateData);
        _message.EndNest(expressions);
        _message.End();
    }

    private void Expression(string name, ReadOnlySpan<(ushort Type, uint Value)> numbers)
    {
        int element = BeginExpression(name, out int data);
        foreach ((ushort type, uint value) in numbers)
        {
            _message.PutBigEndian(type, value);
        }

        EndExpression(element, data);
    }

    private int BeginExpression(string name, out int data)
    {
        int element = _message.BeginNest(1);
        _message.PutString(1, name);
        data = _message.BeginNest(2);
        return element;
    }

    private void EndExpression(int element, int data)
    {
        _message.EndNest(data);
        _message.EndNest(element);
    }
}
