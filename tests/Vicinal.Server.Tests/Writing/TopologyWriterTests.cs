using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Store;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Tests.Writing;

public sealed class TopologyWriterTests : IAsyncDisposable
{
    private readonly InMemoryStore _store = new();
    private readonly ManualResetEventSlim _disk = new(initialState: true);
    private readonly SemaphoreSlim _atDisk = new(0);
    private readonly TopologyWriter _writer;
    private volatile bool _full;

    public TopologyWriterTests()
    {
        _store.BeforeCommit = _ =>
        {
            _atDisk.Release();
            _disk.Wait();
            if (_full)
            {
                throw new StoreException("No space is left.");
            }
        };
        _writer = TopologyWriter.Open(_store, options: new TopologyWriterOptions(QueueLength: 8, BatchLength: 4));
    }

    public async ValueTask DisposeAsync()
    {
        _disk.Set();
        await _writer.DisposeAsync();
        _disk.Dispose();
        _atDisk.Dispose();
    }

    [Fact]
    public async Task An_answered_write_is_visible_stored_and_numbered()
    {
        Written<SecurityGroup> written = await _writer.WriteAsync(edit => Group(edit, "web"));
        written.Revision.ShouldBe(1);
        _writer.Current.Revision.ShouldBe(1);
        _writer.Current.SecurityGroups[written.Value.Id].ShouldBe(written.Value);
        _store.Load().Resources.ShouldHaveSingleItem().ShouldBe(written.Value);
        (await _writer.WriteAsync(edit => Group(edit, "db"))).Revision.ShouldBe(2);
    }

    [Fact]
    public async Task Writers_that_wait_for_one_commit_share_the_next()
    {
        _disk.Reset();
        Task<Written<SecurityGroup>> first = _writer.WriteAsync(edit => Group(edit, "first"));
        await TakenAsync();
        Task<Written<SecurityGroup>>[] rest = [.. Enumerable.Range(0, 4).Select(i => _writer.WriteAsync(edit => Group(edit, $"{i}")))];
        first.IsCompleted.ShouldBeFalse();
        _writer.Current.Revision.ShouldBe(0, "what is not durable is not published");
        _disk.Set();
        await first;
        (await Task.WhenAll(rest)).Select(w => w.Revision).ShouldBe([2, 3, 4, 5]);
        _store.Commits.ShouldBe(2);
    }

    [Fact]
    public async Task A_refusal_harms_only_its_own_request()
    {
        _disk.Reset();
        Task<long> blocker = _writer.WriteAsync(edit => { Group(edit, "blocker"); });
        await TakenAsync();
        Task<Written<SecurityGroup>> before = _writer.WriteAsync(edit => Group(edit, "before"));
        Task<Written<SecurityGroup>> refused = _writer.WriteAsync<SecurityGroup>(edit =>
        {
            Group(edit, "half");
            throw new NeutronFault(409, "InUse", "no");
        });
        Task<Written<SecurityGroup>> bug = _writer.WriteAsync<SecurityGroup>(edit =>
        {
            Group(edit, "half");
            throw new InvalidOperationException("a bug");
        });
        Task<Written<SecurityGroup>> after = _writer.WriteAsync(edit => Group(edit, "after"));
        _disk.Set();
        await blocker;
        (await before).Revision.ShouldBe(2);
        (await after).Revision.ShouldBe(3);
        (await Should.ThrowAsync<NeutronFault>(refused)).Status.ShouldBe(409);
        await Should.ThrowAsync<InvalidOperationException>(bug);
        _writer.Current.SecurityGroups.Values.Select(g => g.Name).ShouldBe(["blocker", "before", "after"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_disk_that_fails_refuses_writes_while_reads_go_on_and_memory_does_not_run_ahead()
    {
        await _writer.WriteAsync(edit => { Group(edit, "kept"); });
        Topology before = _writer.Current;
        _full = true;
        NeutronFault fault = await Should.ThrowAsync<NeutronFault>(_writer.WriteAsync(edit => { Group(edit, "lost"); }));
        fault.Status.ShouldBe(503);
        fault.Message.ShouldContain("No space is left.");
        _writer.Current.ShouldBeSameAs(before);
        _full = false;
        (await _writer.WriteAsync(edit => Group(edit, "next"))).Revision.ShouldBe(2);
        _writer.Current.SecurityGroups.Values.Select(g => g.Name).ShouldBe(["kept", "next"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_answer_without_changes_waits_for_the_writes_that_it_may_have_seen()
    {
        _disk.Reset();
        Task<long> blocker = _writer.WriteAsync(edit => { Group(edit, "blocker"); });
        await TakenAsync();
        Task<Written<SecurityGroup>> write = _writer.WriteAsync(edit => Group(edit, "seen"));
        Task<Written<int>> look = _writer.WriteAsync(edit => edit.Current.SecurityGroups.Count);
        _full = true;
        _disk.Set();
        await Should.ThrowAsync<NeutronFault>(blocker);
        await Should.ThrowAsync<NeutronFault>(write);
        await Should.ThrowAsync<NeutronFault>(look);
        (await _writer.WriteAsync(edit => edit.Current.SecurityGroups.Count)).ShouldBe(new Written<int>(0, 0));
    }

    [Fact]
    public async Task A_full_queue_refuses_with_503()
    {
        _disk.Reset();
        List<Task<long>> waiting = [_writer.WriteAsync(edit => { Group(edit, "blocker"); })];
        await TakenAsync();
        for (int i = 0; i < 8; i++)
        {
            waiting.Add(_writer.WriteAsync(edit => { Group(edit, "waits"); }));
        }

        (await Should.ThrowAsync<NeutronFault>(_writer.WriteAsync(edit => { Group(edit, "too many"); }))).Status.ShouldBe(503);
        _disk.Set();
        await Task.WhenAll(waiting);
        _writer.Current.Revision.ShouldBe(9);
    }

    [Fact]
    public async Task A_caller_who_gave_up_before_the_edit_ran_has_changed_nothing()
    {
        _disk.Reset();
        Task<long> blocker = _writer.WriteAsync(edit => { Group(edit, "blocker"); });
        await TakenAsync();
        using CancellationTokenSource impatience = new();
        Task<Written<SecurityGroup>> abandoned = _writer.WriteAsync(edit => Group(edit, "abandoned"), impatience.Token);
        await impatience.CancelAsync();
        _disk.Set();
        await blocker;
        await Should.ThrowAsync<OperationCanceledException>(abandoned);
        _writer.Current.SecurityGroups.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Subscribers_see_each_edit_once_in_order_before_its_caller_is_answered()
    {
        List<Publication> seen = [];
        Topology start = _writer.Subscribe(seen.Add);
        _writer.Subscribe(_ => throw new InvalidOperationException("a subscriber that fails harms nobody"));
        for (int i = 0; i < 20; i++)
        {
            Written<SecurityGroup> written = await _writer.WriteAsync(edit => Group(edit, $"{i}"));
            seen[^1].Revision.ShouldBe(written.Revision);
            seen[^1].Changes.ShouldHaveSingleItem().After.ShouldBe(written.Value);
        }

        foreach (Publication publication in seen)
        {
            publication.Before.ShouldBeSameAs(start);
            publication.Revision.ShouldBe(start.Revision + 1);
            start = publication.After;
        }

        start.ShouldBeSameAs(_writer.Current);
    }

    [Fact]
    public async Task Stopping_answers_what_was_queued_and_refuses_what_comes_later()
    {
        Task<long>[] queued = [.. Enumerable.Range(0, 8).Select(_ => _writer.WriteAsync(edit => { Group(edit, "queued"); }))];
        await _writer.DisposeAsync();
        (await Task.WhenAll(queued)).Max().ShouldBe(8);
        (await Should.ThrowAsync<NeutronFault>(_writer.WriteAsync(edit => { Group(edit, "late"); }))).Status.ShouldBe(503);
    }

    private static SecurityGroup Group(TopologyEdit edit, string name) => edit.Put(new SecurityGroup { Id = edit.NewId(), Name = name });

    /// <summary>Returns when the writer has taken the batch that stands before the blocked disk, so that what follows is another batch.</summary>
    private Task TakenAsync() => _atDisk.WaitAsync();
}
