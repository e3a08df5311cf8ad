namespace Vicinal.Ebpf;

/// <summary>Which of the node's leases an entry rests on; the numbers are those of the entries.</summary>
public enum LeaseKind : byte
{
    Short = 1,
    Long = 2,
}
