namespace Vicinal.Model.Rules;

/// <summary>What the server knows of a node from the node's own stream. Rules take it as a parameter: it is not part of the model.</summary>
public enum NodePresence
{
    /// <summary>Silent for longer than agent_down_time.</summary>
    Lost,

    /// <summary>Away for a while: it may be restarting, and so may the server have been.</summary>
    Silent,

    /// <summary>Connected, with the state that it was sent in force.</summary>
    Present,
}
