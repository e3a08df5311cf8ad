using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <content>Floating IPs, gateways and interfaces as owners of addresses on provider networks: on this node or not, and what changes with that.</content>
internal sealed partial class RouterTable
{
    private void RemoveStaticNat(Router router, StaticNat? nat)
    {
        if (nat is not null)
        {
            router.StaticNatsByFixedAddress.Remove(nat.Row.FixedAddress, nat);
            router.NatSlots.Bump(nat.Row.FixedAddress.Low);
            EndLingering(nat);
            RemoveOwner(nat);
        }
    }

    /// <summary>A node that has no part in external networks owns nothing there, whatever it is given.</summary>
    private bool IsHere(Router router, StaticNatRow row) => row.AtGateway
        ? router.IsServedHere
        : row.OwnerHost == settings.Host && settings.Mode is NodeMode.Dvr or NodeMode.DvrSnat;

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

        Segment segment = owner.Segment;
        ulong rank = owner.Slot;
        segment.OwnersByMac.Add(owner.Mac, owner, rank);
        segment.OwnerSlots.Bump(owner.Mac.Value);
        foreach (IpAddress address in owner.Addresses)
        {
            segment.OwnersByAddress.Add(address, owner, rank);
            segment.OwnerSlots.Bump(address.Low);
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
        owner.Segment.ProviderOwners.Remove(owner);
        segments.Release(owner.Segment);
    }

    private void Withdraw(ProviderOwner owner)
    {
        Segment segment = owner.Segment;
        owner.IsHere = false;
        segment.OwnersByMac.Remove(owner.Mac, owner);
        segment.OwnerSlots.Bump(owner.Mac.Value);
        foreach (IpAddress address in owner.Addresses)
        {
            segment.OwnersByAddress.Remove(address, owner);
            segment.OwnerSlots.Bump(address.Low);
        }

        owner.LeftAt = Now;
        changes.Lost.Add(owner);
        changes.Owned = true;
    }
}
