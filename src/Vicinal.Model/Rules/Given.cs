namespace Vicinal.Model.Rules;

/// <summary>
/// What a request says about one attribute: nothing (the default value of this type), or a value, which may be null where
/// null has a meaning of its own. In a creation "nothing" takes the attribute's default; in an update it keeps what is there.
/// </summary>
public readonly record struct Given<T>(T Value)
{
    public bool IsGiven { get; } = true;

    /// <summary>The value; meaningful only when <see cref="IsGiven"/>.</summary>
    public T Value { get; } = Value;

    public T Or(T fallback) => IsGiven ? Value : fallback;

    public static implicit operator Given<T>(T value) => new(value);
}
