using Vicinal.Datapath.Flows;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

/// <summary>A mirror in memory that outlives the node, as the kernel's maps do.</summary>
internal sealed class MapMirror : IFlowMirror
{
    private readonly Dictionary<FlowKey, (int Slot, FlowAction Action)> _flows = [];
    private readonly Dictionary<uint, uint> _generations = [];

    public int Room { get; set; } = int.MaxValue;

    public IReadOnlyDictionary<FlowKey, (int Slot, FlowAction Action)> Flows => _flows;

    /// <summary>Calls in their order.</summary>
    public List<string> Log { get; } = [];

    public uint GenerationOf(uint slot) => _generations[slot];

    /// <summary>What the kernel does with each packet: the stamps must be those of now.</summary>
    public bool Replays(in FlowKey key) =>
        _flows.TryGetValue(key, out (int Slot, FlowAction Action) flow) && IsCurrent(in flow.Action);

    public bool IsCurrent(in FlowAction action)
    {
        for (int i = 0; i < action.GenerationCount; i++)
        {
            if (_generations[action.Generations[i].Slot] != action.Generations[i].Value)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The caller of an adoption deletes what was refused.</summary>
    public void Delete(in FlowKey key) => _flows.Remove(key);

    public bool Put(int slot, in FlowKey key, in FlowAction action)
    {
        if (_flows.Count >= Room && !_flows.ContainsKey(key))
        {
            return false;
        }

        Log.Add($"put {slot}");
        _flows[key] = (slot, action);
        return true;
    }

    public void Remove(int slot, in FlowKey key)
    {
        Log.Add($"remove {slot}");
        if (_flows.TryGetValue(key, out (int Slot, FlowAction Action) flow) && flow.Slot == slot)
        {
            _flows.Remove(key);
        }
    }

    public Dictionary<NeighborAnswer, GenerationStamp[]> Answers { get; } = [];

    public void PutAnswer(in NeighborAnswer answer, ReadOnlySpan<GenerationStamp> stamps)
    {
        foreach (NeighborAnswer former in Answers.Keys)
        {
            if ((former.Input, former.Vlan, former.Target) == (answer.Input, answer.Vlan, answer.Target))
            {
                Answers.Remove(former);
            }
        }

        Answers[answer] = stamps.ToArray();
    }

    /// <summary>What the kernel would say while the agent is away.</summary>
    public NeighborAnswer? AnswerFor(FlowInput input, IpAddress target)
    {
        foreach ((NeighborAnswer answer, GenerationStamp[] stamps) in Answers)
        {
            if (answer.Input == input && answer.Target == target && stamps.All(stamp => _generations[stamp.Slot] == stamp.Value))
            {
                return answer;
            }
        }

        return null;
    }

    public void SetGeneration(uint generationSlot, uint value)
    {
        Log.Add($"generation {generationSlot} {value}");
        _generations[generationSlot] = value;
    }
}
