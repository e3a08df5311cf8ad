namespace Vicinal.Forwarding;

public enum OriginKind : byte
{
    None,
    Node,
    Network,
    Port,
    Router,
    FloatingIp,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
}

/// <summary>Names the Neutron object behind a compiled row, so that a hop or a drop can be led back to what the user made.</summary>
public readonly record struct Origin(OriginKind Kind, Guid Id)
{
    public override string ToString() => Kind == OriginKind.None ? "-" : $"{Kind}:{Id}";
}
