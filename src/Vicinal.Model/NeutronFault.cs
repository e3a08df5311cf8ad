namespace Vicinal.Model;

/// <summary>
/// A request refused, in Neutron's words. It is an exception because a refusal ends the whole request from whatever depth
/// the rule stands at; the API turns it into {"NeutronError": {"type", "message", "detail"}}, and nothing has changed.
/// </summary>
/// <param name="status">HTTP status code.</param>
/// <param name="type">Neutron's exception class name, such as NetworkInUse.</param>
public sealed class NeutronFault(int status, string type, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Type { get; } = type;

    public static NeutronFault BadRequest(string message) => new(400, "HTTPBadRequest", message);

    public static NeutronFault InvalidInput(string message) => new(400, "InvalidInput", $"Invalid input for operation: {message}");
}
