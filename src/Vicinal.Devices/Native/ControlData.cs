namespace Vicinal.Devices.Native;

/// <summary>Control messages of sendmsg(2) and recvmsg(2) in a buffer aligned to eight bytes (cmsg(3)).</summary>
internal static unsafe class ControlData
{
    /// <summary>CMSG_SPACE for data of up to eight bytes.</summary>
    public const int EntrySize = 24;

    /// <summary>Appends an entry of at most eight bytes at <paramref name="used"/> and returns the space used after it.</summary>
    public static int Append(byte* control, int used, int level, int type, void* data, int size)
    {
        ControlHeader* header = (ControlHeader*)(control + used);
        header->Length = (nuint)(sizeof(ControlHeader) + size);
        header->Level = level;
        header->Type = type;
        Buffer.MemoryCopy(data, control + used + sizeof(ControlHeader), 8, size);
        return used + EntrySize;
    }

    /// <summary>
    /// Steps to the entry at <paramref name="offset"/> and moves that behind it; false at the end, or where a length does not fit.
    /// </summary>
    public static bool Next(byte* control, int length, ref int offset, out ControlHeader header, out byte* data, out int size)
    {
        header = default;
        data = null;
        size = 0;
        if (length - offset < sizeof(ControlHeader))
        {
            return false;
        }

        header = *(ControlHeader*)(control + offset);
        if (header.Length < (nuint)sizeof(ControlHeader) || header.Length > (nuint)(length - offset))
        {
            return false;
        }

        data = control + offset + sizeof(ControlHeader);
        size = (int)header.Length - sizeof(ControlHeader);
        offset += ((int)header.Length + 7) & ~7;
        return true;
    }
}
