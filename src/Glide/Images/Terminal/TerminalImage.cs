using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Glide.Images.Terminal;

/// <summary>An image as the text that makes a terminal show it.</summary>
internal sealed record TerminalImage
{
    // The image's number in kitty's protocol, unlikely to be used by other programs.
    private const int KittyNumber = 7117;

    // More lines would not make a preview clearer and would hide the shell's own output.
    private const int MostRows = 24;

    // White space between images, as a fraction of their width.
    private const int MarginShare = 32;

    private TerminalImage(string text, int rows)
    {
        Text = text;
        Rows = rows;
    }

    /// <summary>
    /// The text to write at the beginning of a line; it leaves the cursor at the beginning of the line below.
    /// </summary>
    public string Text { get; }

    public int Rows { get; }

    /// <summary>Draws images as large as a terminal allows, leaving a line for text.</summary>
    /// <param name="images">Images of one size; several are put side by side.</param>
    /// <param name="protocol">Protocol of the terminal.</param>
    /// <param name="size">Size of the terminal.</param>
    public static TerminalImage Draw(IReadOnlyList<RgbImage> images, TerminalProtocol protocol, TerminalSize size)
    {
        var image = images.Count == 1
            ? images[0]
            : ImageGrid.Compose(images, margin: Math.Max(1, images[0].Width / MarginShare));
        int rows = Math.Clamp(size.Rows - 3, 1, MostRows);
        // Half blocks have square pixels of their own; the other protocols use those of the terminal.
        var (cellWidth, cellHeight) = protocol == TerminalProtocol.Blocks ? (1, 2) : (size.CellWidth, size.CellHeight);
        double scale = Math.Min((double)(size.Columns - 1) * cellWidth / image.Width, (double)rows
            * cellHeight / image.Height);
        int width = Math.Max(1, (int)(image.Width * scale)), height = Math.Max(1, (int)(image.Height * scale));
        rows = (height + cellHeight - 1) / cellHeight;
        int columns = (width + cellWidth - 1) / cellWidth;
        if (protocol == TerminalProtocol.Blocks)
        {
            return new TerminalImage(string.Concat(HalfBlocks.Encode(Resizing.Bicubic(image, width, height))
                .Select(line => $"{line}\e[K\n")), rows);
        }
        string code = protocol switch
        {
            TerminalProtocol.Kitty => KittyGraphics.Encode(image, columns, rows, KittyNumber),
            TerminalProtocol.Iterm2 => Iterm2Images.Encode(image, columns, rows),
            _ => Sixels.Encode(Resizing.Bicubic(image, width, height)),
        };
        // First line feeds, so that the screen does not scroll under the image; then up again, and down from a saved
        // position, because terminals differ in where an image leaves the cursor.
        var text = new StringBuilder().Append('\n', rows);
        text.Append(CultureInfo.InvariantCulture, $"\e[{rows}A\e7").Append(code);
        text.Append(CultureInfo.InvariantCulture, $"\e8\e[{rows}B");
        return new TerminalImage(text.ToString(), rows);
    }
}

/// <summary>Ways to show an image in a terminal.</summary>
internal enum TerminalProtocol
{
    Kitty,

    /// <summary>Inline images of iTerm2.</summary>
    Iterm2,

    Sixel,

    /// <summary>Half blocks of text in 24-bit color.</summary>
    Blocks,
}

/// <summary>Size of a terminal.</summary>
/// <param name="Columns">Characters per line.</param>
/// <param name="Rows">Lines.</param>
/// <param name="CellWidth">Width of a character in pixels.</param>
/// <param name="CellHeight">Height of a line in pixels.</param>
internal sealed partial record TerminalSize(int Columns, int Rows, int CellWidth, int CellHeight)
{
    private const int StandardError = 2;
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ on Linux

    // Those of the VT340, the original sixel terminal; many terminals assume them.
    private const int UsualCellWidth = 10;
    private const int UsualCellHeight = 20;

    /// <summary>Default size, if a terminal does not tell its own.</summary>
    public static TerminalSize Usual { get; } = new(80, 24, UsualCellWidth, UsualCellHeight);

    /// <summary>Size of the terminal at stderr; the default size if it does not tell.</summary>
    public static TerminalSize OfStandardError()
    {
        if (!OperatingSystem.IsLinux() || GetSize(StandardError, GetWindowSize, out var size) != 0 || size.Columns == 0
            || size.Rows == 0)
        {
            return Usual;
        }
        bool saysPixels = size.Width >= size.Columns && size.Height >= size.Rows;
        return new TerminalSize(
            size.Columns, size.Rows, saysPixels ? size.Width / size.Columns : UsualCellWidth, saysPixels
                ? size.Height / size.Rows : UsualCellHeight);
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int GetSize(int file, nuint request, out WindowSize size);

    /// <summary>The kernel's struct winsize.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }
}

// ESC _ G a=T,f=24,o=z,s=64,v=64,c=32,r=16,i=1,p=1,C=1,q=2,m=1 ; <4096 characters of base64> ESC \
// ESC _ G m=0 ; <the rest> ESC \
/// <summary>Kitty's graphics protocol: https://sw.kovidgoyal.net/kitty/graphics-protocol/.</summary>
internal static class KittyGraphics
{
    private const int ChunkLength = 4096;

    /// <summary>Shows an image at the cursor, which does not move; an image with the same number is replaced.</summary>
    /// <param name="image">The image; the terminal scales it.</param>
    /// <param name="columns">Width in characters.</param>
    /// <param name="rows">Height in lines.</param>
    /// <param name="number">Number of the image in the terminal, from 1.</param>
    public static string Encode(RgbImage image, int columns, int rows, int number)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(image.Pixels);
        string data = Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length);
        var text = new StringBuilder();
        // a=T: transmit and show; f=24: RGB; o=z: deflated; C=1: the cursor stays; q=2: no responses.
        text.Append(CultureInfo.InvariantCulture,
            $"\e_Ga=T,f=24,o=z,s={image.Width},v={image.Height},c={columns},r={rows},i={number},p=1,C=1,q=2,");
        for (int at = 0; at < data.Length; at += ChunkLength)
        {
            if (at > 0)
                text.Append("\e_G");
            int length = Math.Min(ChunkLength, data.Length - at);
            text.Append(at + length < data.Length ? "m=1;" : "m=0;").Append(data, at, length).Append("\e\\");
        }

        return text.ToString();
    }
}

// ESC ] 1337 ; File = inline=1 ; size=3210 ; width=32 ; height=16 ; preserveAspectRatio=0 : <base64 of a PNG> BEL
/// <summary>iTerm2's inline images: https://iterm2.com/documentation-images.html.</summary>
internal static class Iterm2Images
{
    /// <summary>Shows an image at the cursor.</summary>
    /// <param name="image">The image; the terminal scales it.</param>
    /// <param name="columns">Width in characters.</param>
    /// <param name="rows">Height in lines.</param>
    public static string Encode(RgbImage image, int columns, int rows)
    {
        byte[] png = ImageFile.ToPng(image);
        return string.Create(CultureInfo.InvariantCulture,
            $"\e]1337;File=inline=1;size={png.Length};width={columns};height={rows};preserveAspectRatio=0:"
                + $"{Convert.ToBase64String(png)}\a");
    }
}
