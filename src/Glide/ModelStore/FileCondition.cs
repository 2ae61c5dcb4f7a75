namespace Glide.ModelStore;

/// <summary>What a check found a file to be.</summary>
public enum FileCondition
{
    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It is there, and everything that can be checked is right.</summary>
    Good,

    /// <summary>It is there and not what it must be.</summary>
    Damaged,
}
