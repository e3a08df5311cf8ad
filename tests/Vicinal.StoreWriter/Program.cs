using System.Diagnostics;
using System.Globalization;
using System.Text;
using Vicinal.Model;
using Vicinal.Server.Store.Sqlite;
using Vicinal.Server.Writing;
using Vicinal.StoreWriter;

// Usage: Vicinal.StoreWriter FILE WRITERS COUNT
// Makes COUNT edits (0: without end) from WRITERS tasks at once and prints a line for each answer, after it was given:
//   ack NETWORK PORT KEY    the network, its subnet and its port were made in one edit
//   gone PORT               a port was removed
//   failed MESSAGE          the writer refused; the task tries again 20 ms later
// and at the end: rate EDITS-PER-SECOND.
string file = args[0];
int writers = int.Parse(args[1], CultureInfo.InvariantCulture);
int count = int.Parse(args[2], CultureInfo.InvariantCulture);

using Stream output = Console.OpenStandardOutput();
await using TopologyWriter writer = TopologyWriter.Open(SqliteStore.Open(file));
Print("ready");
int made = 0;
long start = Stopwatch.GetTimestamp();
await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(WriteAsync)));
Print(string.Create(CultureInfo.InvariantCulture, $"rate {count / Stopwatch.GetElapsedTime(start).TotalSeconds:f0}"));
return;

async Task WriteAsync()
{
    while (count == 0 || Interlocked.Increment(ref made) <= count)
    {
        try
        {
            Written<Trio> trio = await writer.WriteAsync(Trio.Create);
            Print($"ack {trio.Value.Network.Id} {trio.Value.Port.Id} {trio.Value.Port.PortKey}");
            if (count == 0 && trio.Revision % 3 == 0)
            {
                await writer.WriteAsync(edit => edit.Remove(trio.Value.Port));
                Print($"gone {trio.Value.Port.Id}");
            }
        }
        catch (NeutronFault fault)
        {
            Print($"failed {fault.Message}");
            await Task.Delay(20);
        }
    }
}

void Print(string line)
{
    // One write for each line: what a reader of the pipe has seen was said as a whole.
    byte[] bytes = Encoding.ASCII.GetBytes(line + "\n");
    lock (output)
    {
        output.Write(bytes);
        output.Flush();
    }
}
