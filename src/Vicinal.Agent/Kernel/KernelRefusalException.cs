namespace Vicinal.Agent.Kernel;

/// <summary>The kernel fast path cannot serve this node; the message says why.</summary>
public sealed class KernelRefusalException(string message, Exception? inner = null) : Exception(message, inner);
