using FsCheck;
using FsCheck.Fluent;
using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Tests.Messages;
using Vicinal.Gateways.Tests.Simulation;

namespace Vicinal.Gateways.Tests.Elections;

public sealed class HostileInputTests
{
    [Fact]
    public void No_message_makes_an_election_throw_or_answer_beyond_a_datagram()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            Random random = new(seed);
            SimWorld world = new(seed, 4);
            world.AddRouter(0, 1, 2);
            world.StartAll();
            world.Run(200 * SimWorld.Millisecond);
            GatewayElection election = world.Nodes[random.Next(4)].Election!;
            GatewayEffects effects = new();
            for (int i = 0; i < 200; i++)
            {
                election.Receive(random.Next(-1, 6), HostileMessages.Any(random), world.Time, effects);
                election.Tick(world.Time + (i * SimWorld.Millisecond), effects);
                for (int m = 0; m < effects.MessageCount; m++)
                {
                    effects.Message(m).Length.ShouldBeLessThanOrEqualTo(OutgoingMessage.MaxSize);
                }

                effects.Clear();
            }
        }));
    }

    [Fact]
    public void Random_BFD_packets_do_not_throw()
    {
        Random random = new(1);
        SimWorld world = new(1, 3);
        world.AddRouter(0, 1);
        world.StartAll();
        world.Run(200 * SimWorld.Millisecond);
        GatewayEffects effects = new();
        for (int i = 0; i < 5000; i++)
        {
            byte[] packet = new byte[random.Next(0, 30)];
            random.NextBytes(packet);
            if (packet.Length > 3)
            {
                packet[0] = 0x20;
                packet[1] &= 0xFA;
                packet[3] = 24;
            }

            world.Nodes[0].Election!.ReceiveBfd(random.Next(-1, 5), packet, world.Time, effects);
            effects.Clear();
        }
    }
}
