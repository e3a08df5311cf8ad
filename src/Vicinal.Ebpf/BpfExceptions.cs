namespace Vicinal.Ebpf;

/// <summary>A pinned map is not what this version of the program expects, and so cannot be adopted.</summary>
public sealed class BpfMapMismatchException(string path, string difference) : IOException($"map {path} does not fit: {difference}")
{
    public string Path { get; } = path;

    /// <summary>For example "value size is 8, expected 16".</summary>
    public string Difference { get; } = difference;
}

/// <summary>The kernel's verifier refused a program.</summary>
public sealed class BpfVerifierException(string program, int errorCode, string log)
    : IOException($"load program {program}: the verifier refused it (errno {errorCode}):\n{EndOf(log)}")
{
    private const int LinesInMessage = 20;

    /// <summary>The errno.</summary>
    public int ErrorCode { get; } = errorCode;

    /// <summary>The verifier's words; of a long log the end, where the reason stands.</summary>
    public string Log { get; } = log;

    private static string EndOf(string log) => string.Join('\n', log.TrimEnd().Split('\n').TakeLast(LinesInMessage));
}

/// <summary>An object file is not one that this loader can take: damaged, or made with what it does not support.</summary>
public sealed class BpfObjectException(string message) : FormatException(message);
