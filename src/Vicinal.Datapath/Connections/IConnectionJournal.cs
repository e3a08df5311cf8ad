namespace Vicinal.Datapath.Connections;

/// <summary>
/// Where connections are written down so that they survive the process: memory that a successor can read. Told at commits, at removals
/// and when a connection's state changes, never for each packet. Called by the tracker on its own thread.
/// </summary>
public interface IConnectionJournal
{
    /// <summary>
    /// Takes the place of what is there at the tracker's index. A write that a crash tears needs no care: such a record is not sound
    /// (<see cref="ConnectionRecord.IsSound"/>).
    /// </summary>
    void Write(int index, in ConnectionRecord record);

    /// <summary>The connection at the index is over.</summary>
    void Clear(int index);
}
