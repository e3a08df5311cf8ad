using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <content>Floating IPs and gateways as owners of addresses on external segments: on this node or not, and what changes with that.</content>
internal sealed partial class RouterTable
{
    private void RemoveStaticNat(Router router, StaticNat? nat)
    {
        if (nat is not null)
        {
            router.StaticNatsByFixedAddress.Remove(nat.Row.FixedAddress, nat);
            router.NatSlots.Bump(nat.Row.FixedAddress.Low);
            RemoveOwner(nat);
        }
    }

    /// <summary>Another node serves what of the router is not distributed, and owns what goes with that.</summary>
    private void Serve(Router router, RemoteNode? active)
    {
        if (router.ActiveGateway == active)
        {
            return;
        }

        router.ActiveGateway = active;
        bool here = active is { IsSelf: true };
        if (router.Gateway is { } gateway)
        {
            generations.Bump(gateway.Slot);
            SetHere(gateway, here);
        }

        foreach (StaticNat nat in router.StaticNats.Values)
        {
            if (nat.Row.AtGateway)
            {
                generations.Bump(nat.Slot);
                SetHere(nat, here);
            }
        }

        if (!here)
        {
            changes.DeadZones.Add(router.Zone);
        }
    }

    private bool IsHere(Router router, StaticNatRow row) => row.AtGateway ? router.ActiveGateway is { IsSelf: true } : row.OwnerHost == self;

    private void SetHere(ProviderOwner owner, bool here)
    {
        if (owner.IsHere && !here)
        {
            Withdraw(owner);
        }
        else if (here && !owner.IsHere)
        {
            owner.IsHere = true;
            AddOwner(owner);
        }
    }

    private void AddOwner(ProviderOwner owner)
    {
        if (!owner.IsHere)
        {
            return;
        }

        Segment external = owner.External;
        ulong rank = owner.Slot;
        external.OwnersByMac.Add(owner.Mac, owner, rank);
        external.OwnerSlots.Bump(owner.Mac.Value);
        foreach (IpAddress address in owner.Addresses)
        {
            external.OwnersByAddress.Add(address, owner, rank);
            external.OwnerSlots.Bump(address.Low);
        }

        changes.Gained.Add(owner);
        changes.Owned = true;
    }

    private void RemoveOwner(ProviderOwner? owner)
    {
        if (owner is null)
        {
            return;
        }

        if (owner.IsHere)
        {
            Withdraw(owner);
        }

        generations.Free(owner.Slot);
        owner.External.ProviderOwners.Remove(owner);
        segments.Release(owner.External);
    }

    private void Withdraw(ProviderOwner owner)
    {
        Segment external = owner.External;
        owner.IsHere = false;
        external.OwnersByMac.Remove(owner.Mac, owner);
        external.OwnerSlots.Bump(owner.Mac.Value);
        foreach (IpAddress address in owner.Addresses)
        {
            external.OwnersByAddress.Remove(address, owner);
            external.OwnerSlots.Bump(address.Low);
        }

        changes.Lost.Add(owner);
        changes.Owned = true;
    }
}
