namespace Vicinal.Cli.Migrate;

/// <summary>A router's migration cannot go on, for the reason in the message. What was done stays done.</summary>
public sealed class MigrationException(string message) : Exception(message);
