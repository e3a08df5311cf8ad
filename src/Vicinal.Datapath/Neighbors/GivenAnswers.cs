using System.Runtime.CompilerServices;
using Vicinal.Datapath.Flows;

namespace Vicinal.Datapath.Neighbors;

/// <summary>
/// The answers about neighbours that the mirror repeats while the agent is away. Each rests on generations, and in a cloud that changes these move long
/// before somebody asks again: what has moved is looked up anew, a few answers at a time. Memory is bounded: beyond it the round's next makes room. One thread.
/// </summary>
internal sealed class GivenAnswers(IFlowMirror mirror, Generations generations)
{
    private const int Capacity = 16_384;
    private const int MaxStamps = 4;

    private readonly Dictionary<(FlowInput Input, ushort Vlan, Packets.IpAddress Target), int> _places = [];
    private readonly List<Given> _given = [];
    private int _hand;

    public int Count => _given.Count;

    /// <summary>With more stamps than the mirror has room for, an answer is not repeated.</summary>
    public void Put(in NeighborAnswer answer, ReadOnlySpan<GenerationStamp> stamps)
    {
        if (stamps.Length > MaxStamps)
        {
            return;
        }

        var key = (answer.Input, answer.Vlan, answer.Target);
        if (!_places.TryGetValue(key, out int place))
        {
            place = MakeRoom();
            _places[key] = place;
        }

        Given given = new() { Answer = answer, StampCount = stamps.Length };
        stamps.CopyTo(given.Stamps);
        _given[place] = given;
        mirror.PutAnswer(in answer, stamps);
    }

    /// <summary>The next answer of the round that does not hold any more, out of <paramref name="budget"/> looked at; it is no longer in the round then.</summary>
    public bool TryTakeStale(ref int budget, out NeighborAnswer answer)
    {
        while (budget > 0 && _given.Count > 0)
        {
            budget--;
            _hand = _hand + 1 < _given.Count ? _hand + 1 : 0;
            if (!Holds(_given[_hand]))
            {
                answer = _given[_hand].Answer;
                Remove(_hand);
                return true;
            }
        }

        answer = default;
        return false;
    }

    private bool Holds(in Given given)
    {
        for (int i = 0; i < given.StampCount; i++)
        {
            if (!generations.Holds(given.Stamps[i]))
            {
                return false;
            }
        }

        return true;
    }

    private int MakeRoom()
    {
        if (_given.Count == Capacity)
        {
            _hand = _hand + 1 < Capacity ? _hand + 1 : 0;
            Remove(_hand);
        }

        _given.Add(default);
        return _given.Count - 1;
    }

    /// <summary>The last takes its place.</summary>
    private void Remove(int place)
    {
        NeighborAnswer gone = _given[place].Answer;
        _places.Remove((gone.Input, gone.Vlan, gone.Target));
        Given last = _given[^1];
        _given.RemoveAt(_given.Count - 1);
        if (place < _given.Count)
        {
            _given[place] = last;
            _places[(last.Answer.Input, last.Answer.Vlan, last.Answer.Target)] = place;
        }
    }

    [InlineArray(MaxStamps)]
    private struct Stamps
    {
        private GenerationStamp _first;
    }

    private struct Given
    {
        public NeighborAnswer Answer;
        public Stamps Stamps;
        public int StampCount;
    }
}
