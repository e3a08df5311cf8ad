namespace Vicinal.Lab.Processes;

/// <summary>How to start `vicinal` itself: the file and the arguments in front of the command.</summary>
public sealed record LabProgram(string File, IReadOnlyList<string> Prefix)
{
    /// <summary>The program that is running now.</summary>
    public static LabProgram Current()
    {
        string host = Environment.ProcessPath ?? throw new LabException("the path of the running program is unknown");
        return Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? new LabProgram(host, [Environment.GetCommandLineArgs()[0]])
            : new LabProgram(host, []);
    }

    public static LabProgram FromAssembly(string path) => new("dotnet", [path]);
}
