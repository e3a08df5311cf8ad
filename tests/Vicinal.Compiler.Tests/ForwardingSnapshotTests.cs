using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;

namespace Vicinal.Compiler.Tests;

public sealed class ForwardingSnapshotTests
{
    [Fact]
    public void An_older_snapshot_stays_as_it_was()
    {
        CompiledCloud compiled = new();
        Network network = compiled.Cloud.AddNetwork();
        Port port = compiled.Cloud.AddPort(network, "c1");
        ForwardingSnapshot old = compiled.Compile().After;
        string dump = ForwardingDump.Write(old);
        compiled.Cloud.Remove(port);
        compiled.Cloud.Remove(network);
        compiled.Compile();
        ForwardingDump.Write(old).ShouldBe(dump);
        old.Unit(UnitId.Network(network.Id)).Count.ShouldBe(2);
    }

    [Fact]
    public void A_unit_has_the_revision_of_its_own_last_change()
    {
        CompiledCloud compiled = new();
        Network blue = compiled.Cloud.AddNetwork();
        compiled.Compile();
        Network red = compiled.Cloud.AddNetwork();
        compiled.Compile();
        compiled.Snapshot.Revision.ShouldBe(2);
        compiled.Snapshot.Unit(UnitId.Network(blue.Id)).Revision.ShouldBe(1);
        compiled.Snapshot.Unit(UnitId.Network(red.Id)).Revision.ShouldBe(2);
        compiled.Cloud.Remove(red);
        compiled.Compile();
        compiled.Snapshot.Unit(UnitId.Network(red.Id)).Revision.ShouldBe(0);
    }

    [Fact]
    public void Edits_left_out_are_noticed()
    {
        CloudBuilder cloud = new();
        cloud.AddNetwork();
        cloud.Publish();
        cloud.AddNetwork();
        Step second = cloud.Publish();
        Should.Throw<ArgumentException>(() => new ForwardingCompiler().Apply(second.Before, second.After, second.Changes));
    }

    [Fact]
    public void A_full_build_goes_on_incrementally()
    {
        SizedCloud sized = new(50);
        ForwardingCompiler compiler = ForwardingCompiler.Full(sized.Built.After);
        sized.Cloud.AddPort(sized.Places[0].Network, "c0", [sized.Places[0].Subnet]);
        Step step = sized.Cloud.Publish();
        compiler.Apply(step.Before, step.After, step.Changes).Rows.Count.ShouldBe(3);
        ForwardingDump.Write(compiler.Snapshot).ShouldBe(ForwardingDump.Write(ForwardingCompiler.Full(step.After).Snapshot));
    }

    [Fact]
    public void Several_published_edits_compile_as_one()
    {
        RandomEdits random = new(seed: 7);
        List<ResourceChange> changes = [];
        Step last = random.Next();
        changes.AddRange(last.Changes);
        for (int i = 0; i < 300; i++)
        {
            last = random.Next();
            changes.AddRange(last.Changes);
        }

        ForwardingCompiler compiler = new();
        compiler.Apply(Topology.Empty, last.After, changes);
        ForwardingDump.Write(compiler.Snapshot).ShouldBe(ForwardingDump.Write(ForwardingCompiler.Full(last.After).Snapshot));
    }

    [Fact]
    public async Task Any_thread_reads_whole_snapshots_while_others_are_made()
    {
        SizedCloud sized = new(200);
        ForwardingCompiler compiler = ForwardingCompiler.Full(sized.Built.After);
        UnitId unit = UnitId.Network(sized.Places[0].Network.Id);
        using CancellationTokenSource done = new();
        Task<int> reader = Task.Run(() =>
        {
            int reads = 0;
            for (; !done.IsCancellationRequested || reads == 0; reads++)
            {
                ForwardingSnapshot snapshot = compiler.Snapshot;
                UnitTable table = snapshot.Unit(unit);
                table.Rows.Count().ShouldBe(table.Count);
                foreach (UnitId port in snapshot.UnitsOf(sized.Hosts[0]).Where(static u => u.Kind == UnitKind.Port))
                {
                    snapshot.Unit(port).Count.ShouldBe(2);
                }
            }

            return reads;
        });

        for (int i = 0; i < 500; i++)
        {
            Port port = sized.Cloud.AddPort(sized.Places[0].Network, sized.Hosts[0]);
            Apply();
            sized.Cloud.Remove(port);
            Apply();
        }

        await done.CancelAsync();
        (await reader).ShouldBeGreaterThan(0);

        void Apply()
        {
            Step step = sized.Cloud.Publish();
            compiler.Apply(step.Before, step.After, step.Changes);
        }
    }
}
