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

        Segment external = owner.External;
        if (owner.IsHere)
        {
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

        generations.Free(owner.Slot);
        external.ProviderOwners.Remove(owner);
        segments.Release(external);
    }
}
