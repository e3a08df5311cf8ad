namespace Vicinal.Compiler.Subscriptions;

/// <summary>
/// Finds whether two members still hang together after an interface between them went. Both sides are searched in turns, one
/// member each, so the cost is that of the smaller part and not of the domain.
/// </summary>
internal static class DomainSearch
{
    /// <summary>The smaller of the two parts, or null while they are one.</summary>
    public static IReadOnlyCollection<DomainMember>? PartCutOff(DomainMember a, DomainMember b)
    {
        Side fromA = new(a);
        Side fromB = new(b);
        while (true)
        {
            if (!fromA.Step())
            {
                return fromA.Seen;
            }

            if (!fromB.Step())
            {
                return fromB.Seen;
            }

            if (fromA.Met(fromB) || fromB.Met(fromA))
            {
                return null;
            }
        }
    }

    private sealed class Side
    {
        private readonly Queue<DomainMember> _next = [];

        public Side(DomainMember start)
        {
            Seen.Add(start);
            _next.Enqueue(start);
        }

        public HashSet<DomainMember> Seen { get; } = [];

        private DomainMember? Latest { get; set; }

        /// <summary>Looks at one more member; false when there is none left.</summary>
        public bool Step()
        {
            if (!_next.TryDequeue(out DomainMember? member))
            {
                return false;
            }

            Latest = member;
            foreach (DomainMember neighbor in member.Neighbors.Items)
            {
                if (Seen.Add(neighbor))
                {
                    _next.Enqueue(neighbor);
                }
            }

            return true;
        }

        public bool Met(Side other) => other.Latest is { } latest && Seen.Contains(latest);
    }
}
