using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Glide.Images.Terminal;

/// <summary>An image as what a terminal is sent to show it.</summary>
public sealed record TerminalImage
{
    // The image's number among kitty's: far from those that other programs begin to count with.
    private const int KittyNumber = 7117;

    // More lines make a preview no clearer and take the shell's own from sight.
    private const int MostRows = 24;

    // White between images, as a share of their width.
    private const int MarginShare = 32;

    private TerminalImage(string text, int rows)
    {
        Text = text;
        Rows = rows;
    }

    /// <summary>What is sent, at the beginning of a line; the cursor is at the beginning of the line below afterwards.</summary>
    public string Text { get; }

    /// <summary>Lines that the image takes.</summary>
    public int Rows { get; }

    /// <summary>Draws images as large as a terminal allows beside a line of text.</summary>
    /// <param name="images">Images of one size; several are put side by side.</param>
    /// <param name="protocol">What the terminal understands.</param>
    /// <param name="size">How large it is.</param>
    public static TerminalImage Draw(IReadOnlyList<RgbImage> images, TerminalProtocol protocol, TerminalSize size)
    {
        var image = images.Count == 1 ? images[0] : ImageGrid.Compose(images, margin: Math.Max(1, images[0].Width / MarginShare));
        int rows = Math.Clamp(size.Rows - 3, 1, MostRows);
        // Half blocks are square pixels of their own; the others are drawn in the terminal's.
        var (cellWidth, cellHeight) = protocol == TerminalProtocol.Blocks ? (1, 2) : (size.CellWidth, size.CellHeight);
        double scale = Math.Min((double)(size.Columns - 1) * cellWidth / image.Width, (double)rows * cellHeight / image.Height);
        int width = Math.Max(1, (int)(image.Width * scale)), height = Math.Max(1, (int)(image.Height * scale));
        rows = (height + cellHeight - 1) / cellHeight;
        int columns = (width + cellWidth - 1) / cellWidth;
        if (protocol == TerminalProtocol.Blocks)
            return new TerminalImage(string.Concat(HalfBlocks.Encode(Resizing.Bicubic(image, width, height)).Select(line => $"{line}\e[K\n")), rows);
        string code = protocol switch
        {
            TerminalProtocol.Kitty => KittyGraphics.Encode(image, columns, rows, KittyNumber),
            TerminalProtocol.Iterm2 => Iterm2Images.Encode(image, columns, rows),
            _ => Sixels.Encode(Resizing.Bicubic(image, width, height)),
        };
        // The lines first, so that the screen does not scroll under the image; then back up, and down again from a saved
        // place: terminals do not agree on where an image leaves the cursor.
        var text = new StringBuilder().Append('\n', rows);
        text.Append(CultureInfo.InvariantCulture, $"\e[{rows}A\e7").Append(code);
        text.Append(CultureInfo.InvariantCulture, $"\e8\e[{rows}B");
        return new TerminalImage(text.ToString(), rows);
    }
}

/// <summary>Ways to show an image in a terminal.</summary>
public enum TerminalProtocol
{
    /// <summary>Kitty's graphics protocol.</summary>
    Kitty,

    /// <summary>Inline images as iTerm2 invented them.</summary>
    Iterm2,

    /// <summary>DEC's sixels.</summary>
    Sixel,

    /// <summary>Half blocks of text in 24-bit colour.</summary>
    Blocks,
}

/// <summary>How large a terminal is.</summary>
/// <param name="Columns">Characters in a line.</param>
/// <param name="Rows">Lines.</param>
/// <param name="CellWidth">Width of a character in pixels.</param>
/// <param name="CellHeight">Height of a line in pixels.</param>
public sealed partial record TerminalSize(int Columns, int Rows, int CellWidth, int CellHeight)
{
    private const int StandardError = 2;
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ on Linux

    // A VT340's, for which sixels were made; many terminals take it for granted too.
    private const int UsualCellWidth = 10;
    private const int UsualCellHeight = 20;

    /// <summary>The usual size, where a terminal does not say.</summary>
    public static TerminalSize Usual { get; } = new(80, 24, UsualCellWidth, UsualCellHeight);

    /// <summary>Asks the terminal behind stderr; the usual size where it does not say.</summary>
    public static TerminalSize OfStandardError()
    {
        if (!OperatingSystem.IsLinux() || GetSize(StandardError, GetWindowSize, out var size) != 0 || size.Columns == 0 || size.Rows == 0)
            return Usual;
        bool saysPixels = size.Width >= size.Columns && size.Height >= size.Rows;
        return new TerminalSize(
            size.Columns, size.Rows, saysPixels ? size.Width / size.Columns : UsualCellWidth, saysPixels ? size.Height / size.Rows : UsualCellHeight);
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
