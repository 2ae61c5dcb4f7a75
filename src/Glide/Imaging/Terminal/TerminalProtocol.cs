namespace Glide.Imaging.Terminal;

/// <summary>Ways to show a picture in a terminal.</summary>
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
