namespace Vicinal.Gateways.Messages;

/// <summary>The header's flags. Each belongs to one kind; bits that a kind does not know are passed over.</summary>
[Flags]
internal enum MessageFlags : byte
{
    None = 0,

    /// <summary>Renewed: nothing is confirmed; the session is a new one, and grants of earlier ones are gone.</summary>
    Introduces = 1,

    /// <summary>Hello: programmed, and not about to leave.</summary>
    Ready = 2,

    /// <summary>Hello: serves nothing at the moment, since its lease has run out.</summary>
    Lapsed = 4,

    /// <summary>Replicate: the first item begins a full set of the router.</summary>
    Begins = 8,

    /// <summary>Replicate: the last item ends a full set of the router.</summary>
    Ends = 16,

    /// <summary>Replicated: later items came without those before them.</summary>
    Gap = 32,
}
