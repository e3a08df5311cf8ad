namespace Vicinal.Cli.Migrate;

/// <summary>A router's migration cannot go on, for the reason in the message. What was done stays done.</summary>
/// <param name="status">The server's answer, where it refused something.</param>
public sealed class MigrationException(string message, int? status = null) : Exception(message)
{
    public int? Status { get; } = status;
}
