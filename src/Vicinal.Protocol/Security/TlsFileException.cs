namespace Vicinal.Protocol.Security;

/// <summary>A certificate, a key or an authority cannot be used; the message names the file.</summary>
public sealed class TlsFileException(string message, Exception? inner = null) : Exception(message, inner);
