namespace Vicinal.Deployment.Checks;

/// <summary>How bad a finding is; a script sees it in the exit code.</summary>
public enum Severity
{
    /// <summary>Worth knowing; nothing is to be done.</summary>
    Note,

    /// <summary>It will run, and some day someone will be sorry.</summary>
    Warning,

    /// <summary>It cannot work as it stands.</summary>
    Error,
}
