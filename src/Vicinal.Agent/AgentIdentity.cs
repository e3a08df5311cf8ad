namespace Vicinal.Agent;

/// <summary>The agent's id, made once and kept in its state directory, so that the server knows it again after a restart.</summary>
public static class AgentIdentity
{
    public static Guid LoadOrCreate(string stateDirectory)
    {
        Directory.CreateDirectory(stateDirectory);
        string path = Path.Combine(stateDirectory, "agent-id");
        if (File.Exists(path) && Guid.TryParse(File.ReadAllText(path).AsSpan().Trim(), out Guid known))
        {
            return known;
        }

        Guid made = Guid.NewGuid();

        // Renamed into place, so that a crash leaves either no file or a whole one.
        string draft = path + ".new";
        File.WriteAllText(draft, made.ToString() + "\n");
        File.Move(draft, path, overwrite: true);
        return made;
    }
}
