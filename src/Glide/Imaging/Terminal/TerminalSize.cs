using System.Runtime.InteropServices;

namespace Glide.Imaging.Terminal;

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
