using Vicinal.Model;

namespace Vicinal.Server.Api;

/// <summary>Refusals that come from the API itself rather than from a rule of the model.</summary>
public static class ApiFaults
{
    public static NeutronFault UnknownPath() => new(404, "HTTPNotFound", "The resource could not be found.");

    public static NeutronFault WrongMethod() => new(
        405,
        "HTTPMethodNotAllowed",
        "The server could not comply with the request since it is either malformed or otherwise incorrect.");

    public static NeutronFault Internal() => new(
        500, "HTTPInternalServerError", "Request Failed: internal server error while processing your request.");

    public static NeutronFault TooLarge() => new(413, "HTTPRequestEntityTooLarge", "Request is too large.");

    public static NeutronFault NotJson() => new(
        415, "HTTPUnsupportedMediaType", "The request's content type must be application/json.");

    /// <param name="rule">The policy that says no, such as "create_network and rule:create_network:shared".</param>
    public static NeutronFault NotAuthorized(string rule) =>
        new(403, "PolicyNotAuthorized", $"(rule:{rule}) is disallowed by policy");

    public static NeutronFault RevisionMismatch() => new(
        412, "RevisionNumberConstraintFailed", "Constrained to a revision number that does not match the object's.");
}
