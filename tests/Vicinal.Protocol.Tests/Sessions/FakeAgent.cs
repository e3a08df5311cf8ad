using Google.Protobuf;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Protocol.Framing;
using Vicinal.Protocol.Mirror;
using Vicinal.Protocol.Rows;

namespace Vicinal.Protocol.Tests.Sessions;

/// <summary>An agent without a network: frames go in, and what a data path would hold comes of the changes alone.</summary>
internal sealed class FakeAgent
{
    private byte[] _epoch = [];
    private byte[] _next = [];

    public UnitMirror Mirror { get; } = new();

    public Dictionary<(UnitId Unit, RowKey Key), Row> InForce { get; } = [];

    public List<MirrorBatch> Batches { get; } = [];

    public Wire.Hello Hello(Guid serverEpoch)
    {
        Wire.Hello hello = new()
        {
            Version = ProtocolVersion.Current,
            Host = "c1",
            AgentId = WireValues.Of(Guid.Empty),
            TunnelAddress = WireValues.Of(IpAddress.Ipv4Any),
            Epoch = ByteString.CopyFrom(_epoch),
        };
        hello.Held.AddRange(Mirror.Held());
        _next = serverEpoch.ToByteArray(bigEndian: true);
        return hello;
    }

    /// <returns>Units that it asks for again.</returns>
    public IReadOnlyList<UnitId> Receive(ReadOnlyMemory<byte> frame)
    {
        Wire.ServerMessage message = Wire.ServerMessage.Parser.ParseFrom(frame[FrameReader.HeaderSize..].Span);
        switch (message.BodyCase)
        {
            case Wire.ServerMessage.BodyOneofCase.UnitState:
                Mirror.Stage(message.UnitState);
                return [];
            case Wire.ServerMessage.BodyOneofCase.UnitDelta:
                Mirror.Stage(message.UnitDelta);
                return [];
            case Wire.ServerMessage.BodyOneofCase.UnitDropped:
                Mirror.Stage(message.UnitDropped);
                return [];
            case Wire.ServerMessage.BodyOneofCase.Barrier:
                MirrorBatch batch = Mirror.Apply(message.Barrier.Revision);
                _epoch = _next;
                Batches.Add(batch);
                Put(batch);
                return batch.Gaps;
            default:
                throw new InvalidOperationException(message.BodyCase.ToString());
        }
    }

    private void Put(MirrorBatch batch)
    {
        foreach (RowChange change in batch.Changes)
        {
            if (change.Row is null)
            {
                InForce.Remove((change.Unit, change.Key)).ShouldBeTrue("a row was removed that was not there");
            }
            else
            {
                InForce[(change.Unit, change.Key)] = change.Row;
            }
        }
    }
}
