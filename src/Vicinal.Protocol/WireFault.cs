namespace Vicinal.Protocol;

/// <summary>Bytes from the other side that mean nothing here; who receives them decides whether a row, a message or the stream ends.</summary>
public sealed class WireFault(string message, Exception? inner = null) : Exception(message, inner);
