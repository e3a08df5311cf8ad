using System.Globalization;

namespace Vicinal.Devices.Tests;

public sealed class ProcessPriorityTests
{
    [Fact]
    public void All_threads_of_the_process_are_raised_and_those_that_they_start()
    {
        int before = ProcessPriority.Current;
        try
        {
            ProcessPriority.TrySet(-3).ShouldBeNull("these tests run as root");
            ProcessPriority.Current.ShouldBe(-3);
            int started = 0;
            Thread thread = new(() => started = ProcessPriority.Current);
            thread.Start();
            thread.Join();
            started.ShouldBe(-3);
            Directory.EnumerateDirectories("/proc/self/task").Select(NiceOf).Where(nice => nice is not null).ShouldAllBe(nice => nice == -3);
        }
        finally
        {
            ProcessPriority.TrySet(before).ShouldBeNull();
        }
    }

    /// <summary>Field 19 of stat, behind the name in brackets; null for a thread that has ended.</summary>
    private static int? NiceOf(string task)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(task, "stat"));
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
