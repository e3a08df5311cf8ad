namespace Vicinal.Model.Indexes;

/// <summary>Segmentation ids that networks may get by themselves, both ends included.</summary>
public readonly record struct SegmentationRange(uint First, uint Last);
