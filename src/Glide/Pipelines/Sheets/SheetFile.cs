using Glide.Imaging;

namespace Glide.Pipelines.Sheets;

/// <summary>Writes sheets as pictures are written: whole, and over another file only on request.</summary>
internal static class SheetFile
{
    /// <summary>Writes a PNG with its record.</summary>
    /// <returns><c>false</c> where the name is taken and <paramref name="replace"/> does not allow to take it.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public static bool TryWrite(string path, RgbImage sheet, SheetRecord record, bool replace)
    {
        if (!replace)
            return ImageFile.TrySaveNewPng(path, sheet, record.ToTexts());
        ImageFile.SavePng(path, sheet, record.ToTexts());
        return true;
    }
}
