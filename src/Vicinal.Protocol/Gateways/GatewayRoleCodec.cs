using Vicinal.Protocol.Rows;

namespace Vicinal.Protocol.Gateways;

/// <summary>Reports of gateway roles as messages of an agent, and back.</summary>
public static class GatewayRoleCodec
{
    /// <summary>About 40 octets each.</summary>
    public const int MaxInMessage = 8192;

    /// <param name="all">These are all roles of the node: what it said before no longer holds.</param>
    public static IEnumerable<Wire.AgentMessage> Encode(bool all, IEnumerable<GatewayRoleReport> reports)
    {
        foreach (GatewayRoleReport[] part in reports.Chunk(MaxInMessage))
        {
            Wire.GatewayRoles roles = new() { All = all };
            roles.Roles.AddRange(part.Select(Encode));
            yield return new Wire.AgentMessage { GatewayRoles = roles };

            // The first part takes the place of everything, the others come on top of it.
            all = false;
        }
    }

    /// <exception cref="WireFault">A role that this program does not know, or no router's id: nothing of the message is believed.</exception>
    public static IReadOnlyList<GatewayRoleReport> Decode(Wire.GatewayRoles roles)
    {
        List<GatewayRoleReport> reports = new(roles.Roles.Count);
        foreach (Wire.GatewayRole role in roles.Roles)
        {
            reports.Add(role.Role <= (uint)GatewayRole.Active
                ? new GatewayRoleReport(WireValues.Id(role.Router), (GatewayRole)role.Role, role.Epoch)
                : throw new WireFault($"a gateway role of {role.Role}"));
        }

        return reports;
    }

    private static Wire.GatewayRole Encode(GatewayRoleReport report) =>
        new() { Router = WireValues.Of(report.RouterId), Role = (uint)report.Role, Epoch = report.Epoch };
}
