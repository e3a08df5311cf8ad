using System.Runtime.InteropServices;
using Vicinal.Ebpf.Layout;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests;

/// <summary>What the fast path keeps beyond the process that opened it, and what ends with an epoch.</summary>
[Collection(KernelCollection.Name)]
public sealed class FastPathTests : IDisposable
{
    private readonly VethPair _pair = new();
    private readonly PinDirectory _pins = new();

    [Fact]
    public void A_successor_adopts_the_flows_and_the_peers_of_its_predecessor()
    {
        IpAddress remote = IpAddress.Parse("192.0.2.7");
        byte[] key = Key(1);
        byte[] action = Action(7);
        using (FastPath first = Open())
        {
            first.Adopted.ShouldBeFalse();
            first.Put(key, action, 5).ShouldBeTrue();
            first.SetPeer(remote, 9);
            first.FormerFlows().ShouldBeEmpty();
        }

        using FastPath second = Open();
        second.Adopted.ShouldBeTrue();
        FormerFlow flow = second.FormerFlows().ShouldHaveSingleItem();
        flow.Key.ShouldBe(key);
        flow.Value.AsSpan(KernelFlow.Size).SequenceEqual(action).ShouldBeTrue();
        second.FormerPeers[9].ShouldBe(remote);
        second.Put(key, action, 6);
        second.FormerFlows().ShouldBeEmpty();
    }

    [Fact]
    public void Two_processes_in_a_row_have_other_halves_of_generations_and_records()
    {
        uint firstSlot;
        using (FastPath first = Open())
        {
            firstSlot = first.FirstGenerationSlot;
            first.ConnectionRecords[3] = 42;
        }

        using FastPath second = Open();
        second.FirstGenerationSlot.ShouldNotBe(firstSlot);
        second.FormerConnectionRecords[3].ShouldBe((byte)42);
        second.ConnectionRecords[3].ShouldBe((byte)0);
    }

    [Fact]
    public void Flows_of_the_agent_before_the_last_are_gone()
    {
        using (FastPath first = Open())
        {
            first.Put(Key(1), Action(1), 1);
        }

        using (FastPath second = Open())
        {
            second.Put(Key(2), Action(2), 2);
        }

        using FastPath third = Open();
        third.FormerFlows().ShouldHaveSingleItem().Key.ShouldBe(Key(2));
    }

    [Fact]
    public void A_sweep_shows_each_entry_once_a_round()
    {
        using FastPath path = Open();
        for (int i = 0; i < 10_000; i++)
        {
            path.Put(Key(i), Action(i), (uint)i).ShouldBeTrue();
        }

        HashSet<uint> seen = [];
        while (!path.Sweep((key, in flow, action) => seen.Add(flow.Slot).ShouldBeTrue(), 1))
        {
        }

        seen.Count.ShouldBe(10_000);
    }

    [Fact]
    public void Uninstall_leaves_no_pin_and_no_program()
    {
        FastPathSettings settings = Settings();
        _pair.Exchange(_pair.Receiver, _pair.Sender, 1).ShouldBe(1);
        using (FastPath path = _pair.Near.Run(() => FastPath.Open(settings)))
        {
            _pair.Near.Run(() => path.AttachPort("eth0"));
            path.AttachedPorts().ShouldBe([_pair.LinkIndex]);
        }

        _pair.Exchange(_pair.Receiver, _pair.Sender, 1).ShouldBe(0);
        _pair.Near.Run(() => FastPath.Uninstall(settings));

        // Some kernels show two files of their own on each bpffs.
        Directory.EnumerateFileSystemEntries(_pins.Path).Where(entry => !entry.EndsWith(".debug", StringComparison.Ordinal)).ShouldBeEmpty();
        _pair.Exchange(_pair.Receiver, _pair.Sender, 1).ShouldBe(1);
    }

    public void Dispose()
    {
        _pins.Dispose();
        _pair.Dispose();
    }

    private FastPath Open() => _pair.Near.Run(() => FastPath.Open(Settings()));

    private FastPathSettings Settings() => new()
    {
        PinDirectory = _pins.Path,
        TunnelAddress = IpAddress.Parse("192.0.2.1"),
        TunnelInterface = _pair.LinkIndex,
        Flows = 1 << 14,
        Connections = 1 << 10,
    };

    private static byte[] Key(int number)
    {
        byte[] key = new byte[KernelFlow.KeySize];
        MemoryMarshal.Write(key, in number);
        return key;
    }

    private static byte[] Action(int number)
    {
        byte[] action = new byte[KernelFlow.ActionSize];
        MemoryMarshal.Write(action.AsSpan(4), in number);
        return action;
    }
}
