namespace Vicinal.Agent.Metadata;

/// <summary>
/// The keys and user data of a lab: files in a directory, an instance's own ones in a directory of its id below, which go before those for all.
/// </summary>
internal sealed class InstanceFiles(string directory)
{
    private const string Keys = "authorized_keys";
    private const string UserData = "user_data";
    private const long Largest = 4 << 20;

    /// <summary>Lines in the form of sshd's file.</summary>
    public async Task<IReadOnlyList<string>> ReadKeysAsync(string instanceId, CancellationToken cancellation) =>
        await ReadAsync(instanceId, Keys, cancellation) is { } bytes
            ? [.. System.Text.Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')]
            : [];

    public Task<byte[]?> ReadUserDataAsync(string instanceId, CancellationToken cancellation) => ReadAsync(instanceId, UserData, cancellation);

    private async Task<byte[]?> ReadAsync(string instanceId, string name, CancellationToken cancellation)
    {
        FileInfo own = new(Path.Combine(directory, instanceId, name));
        FileInfo file = IsPlain(instanceId) && own.Exists ? own : new FileInfo(Path.Combine(directory, name));
        return file is { Exists: true, Length: <= Largest } ? await File.ReadAllBytesAsync(file.FullName, cancellation) : null;
    }

    /// <summary>An instance's id is whatever the API was given as a device_id.</summary>
    private static bool IsPlain(string instanceId) => instanceId.Length is > 0 and <= 64 && instanceId.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
