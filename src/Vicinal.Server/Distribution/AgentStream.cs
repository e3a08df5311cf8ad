using System.IO.Pipelines;
using Google.Protobuf;
using Vicinal.Protocol;
using Vicinal.Protocol.Framing;
using Wire = Vicinal.Protocol.Wire;

namespace Vicinal.Server.Distribution;

/// <summary>The messages of one agent, read from the body of its request.</summary>
internal sealed class AgentStream(PipeReader input)
{
    private readonly FrameReader _frames = new();
    private readonly Queue<Wire.AgentMessage> _received = new();

    /// <summary>The next message, or null at the end.</summary>
    /// <exception cref="WireFault">What came is no message.</exception>
    public async ValueTask<Wire.AgentMessage?> ReadAsync(CancellationToken cancellation)
    {
        while (_received.Count == 0)
        {
            ReadResult result = await input.ReadAsync(cancellation);
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                _frames.Push(segment.Span, frame => _received.Enqueue(Parse(frame)));
            }

            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted && _received.Count == 0)
            {
                return null;
            }
        }

        return _received.Dequeue();
    }

    private static Wire.AgentMessage Parse(ReadOnlySpan<byte> frame)
    {
        try
        {
            return Wire.AgentMessage.Parser.ParseFrom(frame);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new WireFault($"not a message: {failure.Message}", failure);
        }
    }
}
