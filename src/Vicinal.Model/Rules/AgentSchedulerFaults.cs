namespace Vicinal.Model.Rules;

/// <summary>Neutron's refusals about which agent hosts which router, word for word.</summary>
public static class AgentSchedulerFaults
{
    public static NeutronFault InvalidAgent(Guid agent) => new(404, "InvalidL3Agent", $"Agent {agent} is not a L3 Agent or has been disabled");

    public static NeutronFault AlreadyHosted(Guid router, Guid agent) => new(
        409, "RouterHostedByL3Agent", $"The router {router} has been already hosted by the L3 Agent {agent}.");

    /// <param name="why">Neutron does not say why; it is added in brackets.</param>
    public static NeutronFault Failed(Guid router, Guid agent, string why) => new(
        409, "RouterSchedulingFailed", $"Failed scheduling router {router} to the L3 Agent {agent}. ({why})");

    /// <summary>Neutron's words would say that there is such an agent for it elsewhere.</summary>
    public static NeutronFault DhcpIsEverywhere(Guid agent) => new(
        409, "InvalidDHCPAgent", $"Agent {agent} takes no networks and gives up none: every node answers DHCP for the ports that are on it.");

    public static NeutronFault NoEligibleAgent(Guid router) => new(
        409, "RouterReschedulingFailed", $"Failed rescheduling router {router}: no eligible l3 agent found.");

    public static NeutronFault LegacyAgent(Guid router, Guid agent) => new(
        409, "RouterL3AgentMismatch", $"Cannot host distributed router {router} on legacy L3 agent {agent}.");

    public static NeutronFault AssignsToDvrAgent() => new(
        409, "DVRL3CannotAssignToDvrAgent", "Not allowed to manually assign a router to an agent in 'dvr' mode.");

    public static NeutronFault RemovesFromDvrAgent() => new(
        409, "DVRL3CannotRemoveFromDvrAgent", "Not allowed to manually remove a router from an agent in 'dvr' mode.");
}
