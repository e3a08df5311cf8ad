namespace Vicinal.Lab;

/// <summary>Something of the lab could not be made or did not come up; the message says what and where its log is.</summary>
public sealed class LabException(string message) : Exception(message);
