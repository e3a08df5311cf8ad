namespace Vicinal.Deployment.Sites;

/// <summary>Segmentation ids, both ends included.</summary>
public readonly record struct NumberRange(uint First, uint Last)
{
    public override string ToString() => $"{First}:{Last}";
}
