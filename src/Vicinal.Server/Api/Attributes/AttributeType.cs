using Vicinal.Model;

namespace Vicinal.Server.Api.Attributes;

/// <summary>What became of one value of a body: the model's value, or why there is none.</summary>
public readonly record struct Normalised
{
    public object? Value { get; private init; }

    /// <summary>Goes into "Invalid input for NAME. Reason: REASON."</summary>
    public string? Reason { get; private init; }

    /// <summary>A refusal that Neutron words without the attribute's name.</summary>
    public NeutronFault? Fault { get; private init; }

    public bool IsRefused => Reason is not null || Fault is not null;

    public static Normalised Of(object? value) => new() { Value = value };

    public static Normalised Refuse(string reason) => new() { Reason = reason };

    public static Normalised Refuse(NeutronFault fault) => new() { Fault = fault };
}

/// <summary>
/// Checks a value as it came (see <see cref="Bodies.JsonTree"/>) and turns it into the model's. Filters pass through the same
/// function, so that "1", "true" and "True" find the same ports.
/// </summary>
public sealed record AttributeType(string Name, Func<object?, Normalised> Normalise);
