namespace Vicinal.Packets;

/// <content>
/// Incremental update (RFC 1624). A difference is the folded sum ~old + new; differences add up, so that a flow action can hold one
/// for all that it changes.
/// </content>
public static partial class Checksum
{
    public static ushort Difference(ushort old, ushort value) => Fold((uint)(ushort)~old + value);

    public static ushort Difference(uint old, uint value) =>
        Fold((~old >> 16) + (~old & 0xFFFF) + (value >> 16) + (value & 0xFFFF));

    /// <summary>Between two addresses of one family.</summary>
    public static ushort Difference(IpAddress old, IpAddress value) => Fold((ushort)~SumOf(old) + SumOf(value));

    public static ushort Add(ushort difference, ushort other) => Fold((uint)difference + other);

    /// <summary>RFC 1624 equation 3: HC' = ~(~HC + ~m + m').</summary>
    public static ushort Apply(ushort checksum, ushort difference) => (ushort)~Fold((uint)(ushort)~checksum + difference);

    /// <summary>
    /// For a field that holds only the pseudo-header's sum (<see cref="Offload.NeedsChecksum"/>), which is not complemented. Only
    /// changes of what the pseudo-header covers, the addresses, may be applied: ports are summed when the checksum is finished.
    /// </summary>
    public static ushort ApplyPartial(ushort pseudoSum, ushort difference) => Fold((uint)pseudoSum + difference);

    public static ushort Update(ushort checksum, ushort old, ushort value) => Apply(checksum, Difference(old, value));

    public static ushort Update(ushort checksum, uint old, uint value) => Apply(checksum, Difference(old, value));

    public static ushort Update(ushort checksum, IpAddress old, IpAddress value) => Apply(checksum, Difference(old, value));

    /// <summary>
    /// The same for UDP, where 0 on the wire means "none": that stays as it is, and a computed 0 is sent as its twin 0xFFFF (RFC 768).
    /// </summary>
    public static ushort ApplyUdp(ushort checksum, ushort difference)
    {
        if (checksum == 0)
        {
            return 0;
        }

        ushort result = Apply(checksum, difference);
        return result == 0 ? ushort.MaxValue : result;
    }
}
