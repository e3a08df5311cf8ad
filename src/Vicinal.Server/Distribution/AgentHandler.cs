using System.Collections.Immutable;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Protocol;
using Vicinal.Protocol.Framing;
using Vicinal.Protocol.Gateways;
using Vicinal.Protocol.Rows;
using Vicinal.Server.Writing;
using Wire = Vicinal.Protocol.Wire;

namespace Vicinal.Server.Distribution;

/// <summary>Serves one agent from its Hello to the end of its stream.</summary>
internal sealed class AgentHandler(
    TopologyWriter writer, Distributor distributor, AgentLiveness liveness, CloudSettings settings, TimeSpan heartbeat, ILogger log)
{
    private static readonly TimeSpan s_helloTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_compileTime = TimeSpan.FromSeconds(5);

    /// <param name="mayBe">Whether who connected may be the host that it says.</param>
    public async Task ServeAsync(PipeReader input, PipeWriter output, Func<string, bool> mayBe, CancellationToken cancellation)
    {
        AgentStream stream = new(input);
        try
        {
            Wire.Hello hello = await HelloAsync(stream, cancellation);
            if (!mayBe(hello.Host))
            {
                throw new WireFault($"its certificate does not name the host '{hello.Host}'");
            }

            await AdmitAsync(hello, stream, output, cancellation);
        }
        catch (Exception refusal) when (refusal is WireFault or NeutronFault)
        {
            log.LogWarning("An agent is refused: {Reason}", refusal.Message);
            await SendAsync(output, new Wire.ServerMessage { Refused = new Wire.Refused { Reason = refusal.Message } }, cancellation);
        }
    }

    private static async Task<Wire.Hello> HelloAsync(AgentStream stream, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_helloTime);
        Wire.Hello hello = (await stream.ReadAsync(limit.Token))?.Hello ?? throw new WireFault("the first message is not a hello");
        if (hello.Version != ProtocolVersion.Current)
        {
            throw new WireFault($"the agent speaks version {hello.Version}, this server {ProtocolVersion.Current}");
        }

        return hello.Host.Length is > 0 and <= 255 ? hello : throw new WireFault("the agent does not say which host it is on");
    }

    private async Task AdmitAsync(Wire.Hello hello, AgentStream stream, PipeWriter output, CancellationToken cancellation)
    {
        using AgentConnection connection = new(distributor, hello);
        AgentReport report = ReportOf(hello);
        if (!distributor.TryJoin(connection, out AgentConnection? holder))
        {
            throw new WireFault($"another node, agent {holder.AgentId}, is connected as host '{hello.Host}'; host names are unique");
        }

        try
        {
            // First: an agent that is in the model and was never heard would count as silent since the start of the server.
            liveness.Heard(hello.Host);

            // A report that says nothing new is no write, so that known agents are served while the disk is full.
            Written<Agent> written = await writer.WriteAsync(edit => AgentRules.Report(edit, report, settings), cancellation);
            await CompiledAsync(written.Revision, cancellation);
            log.LogInformation("The agent of {Host} is connected", hello.Host);
            await SendAsync(output, Welcome(), cancellation);
            await TalkAsync(connection, stream, output, cancellation);
        }
        finally
        {
            distributor.Leave(connection);
            liveness.Went(connection.Host, connection);
            log.LogInformation("The agent of {Host} is disconnected", hello.Host);
        }
    }

    /// <summary>The first round then has all that the agent's own report brought. It is served without it, if need be.</summary>
    private async Task CompiledAsync(long revision, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_compileTime);
        await distributor.WaitForAsync(revision, limit.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private async Task TalkAsync(AgentConnection connection, AgentStream stream, PipeWriter output, CancellationToken cancellation)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, connection.Ending);
        Task pumping = connection.PumpAsync(output, ending.Token);
        Task listening = ListenAsync(connection, stream, ending.Token);
        try
        {
            await await Task.WhenAny(pumping, listening);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(pumping, listening).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private async Task ListenAsync(AgentConnection connection, AgentStream stream, CancellationToken cancellation)
    {
        while (await stream.ReadAsync(cancellation) is { } message)
        {
            liveness.Heard(connection.Host);
            switch (message.BodyCase)
            {
                case Wire.AgentMessage.BodyOneofCase.Applied:
                    connection.Acknowledge(message.Applied.Revision);
                    distributor.AppliedBy(connection.Host, message.Applied.Revision);
                    liveness.Came(connection.Host, connection);
                    break;
                case Wire.AgentMessage.BodyOneofCase.PortStatuses:
                    foreach (Wire.PortStatus status in message.PortStatuses.Ports)
                    {
                        distributor.PortReported(connection.Host, WireValues.Id(status.Port), status.Up);
                    }

                    break;
                case Wire.AgentMessage.BodyOneofCase.GatewayRoles:
                    distributor.GatewayReports.Told(connection.Host, message.GatewayRoles.All, GatewayRoleCodec.Decode(message.GatewayRoles));
                    break;
                case Wire.AgentMessage.BodyOneofCase.Heartbeat:
                    connection.Counters = message.Heartbeat.Counters.ToImmutableDictionary();
                    break;
                case Wire.AgentMessage.BodyOneofCase.Resync:
                    log.LogWarning("{Host} asks for {Unit} again: {Reason}", connection.Host, RowCodec.Decode(message.Resync.Unit), message.Resync.Reason);
                    connection.Forget(RowCodec.Decode(message.Resync.Unit));
                    break;
                case Wire.AgentMessage.BodyOneofCase.RowFault:
                    log.LogError(
                        "{Host} has a row of {Unit} not in force, {Key}: {Reason}",
                        connection.Host,
                        RowCodec.Decode(message.RowFault.Unit),
                        RowCodec.Decode(message.RowFault.Key),
                        message.RowFault.Reason);
                    break;
                case Wire.AgentMessage.BodyOneofCase.Hello:
                    throw new WireFault("a second hello");
                default:
                    // A newer agent may say more than this server understands.
                    break;
            }
        }
    }

    private Wire.ServerMessage Welcome() => new()
    {
        Welcome = new Wire.Welcome
        {
            Version = ProtocolVersion.Current,
            Epoch = WireValues.Of(distributor.Epoch),
            HeartbeatMilliseconds = (uint)heartbeat.TotalMilliseconds,
        },
    };

    private static AgentReport ReportOf(Wire.Hello hello) => new()
    {
        Host = hello.Host,
        TunnelAddress = WireValues.Address(hello.TunnelAddress),
        Mode = hello.Mode,
        BridgeMappings = hello.BridgeMappings.Select(mapping => new BridgeMapping(mapping.PhysicalNetwork, mapping.Interface)).ToValueList(),
        TunnelTypes = hello.TunnelTypes.Count == 0 ? [NetworkTypes.Geneve, NetworkTypes.Vxlan] : hello.TunnelTypes.ToValueList(),
        AvailabilityZone = hello.AvailabilityZone,

        // Whole seconds, as the API shows them.
        StartedAt = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(hello.StartedAt / 1000, 0, int.MaxValue)),
    };

    private static async Task SendAsync(PipeWriter output, Wire.ServerMessage message, CancellationToken cancellation) =>
        await output.WriteAsync(FrameWriter.Frame(message), cancellation);
}
