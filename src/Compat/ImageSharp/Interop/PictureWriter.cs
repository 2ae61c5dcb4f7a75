using System.Runtime.InteropServices;
using System.Text;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Png.Chunks;
using SixLabors.ImageSharp.Memory;

namespace SixLabors.ImageSharp.Interop;

/// <summary>Writes PNG.</summary>
internal static unsafe class PictureWriter
{
    private const int MessageSize = 256;

    public static void SavePng(Image image, Stream stream, PngEncoder encoder)
    {
        var ownType = image.ChannelCount == 4 ? PngColorType.RgbWithAlpha : PngColorType.Rgb;
        if ((encoder.ColorType ?? ownType) != ownType || (encoder.BitDepth ?? PngBitDepth.Bit8) != PngBitDepth.Bit8)
            throw new NotSupportedException("The stand-in writes 8-bit pixels of the picture's own kind.");
        var texts = encoder.SkipMetadata ? [] : image.Metadata.GetPngMetadata().TextData;
        using var bridge = new StreamBridge(stream);
        var native = new NativeMethods.Text[texts.Count];
        var memory = new List<IntPtr>();
        try
        {
            for (int i = 0; i < native.Length; i++)
                native[i] = ToNative(texts[i], encoder.TextCompressionThreshold, memory);
            byte* message = stackalloc byte[MessageSize];
            int status;
            fixed (byte* pixels = image.PixelBytes())
            fixed (NativeMethods.Text* first = native)
            {
                status = NativeMethods.SavePng(
                    StreamBridge.Writer, bridge.Handle, (uint)image.Width, (uint)image.Height, image.ChannelCount,
                    (int)encoder.CompressionLevel, pixels, first, native.Length, message, MessageSize);
            }

            bridge.ThrowIfFailed();
            string text = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(message));
            if (status == NativeMethods.NoMemory)
                throw new InvalidMemoryOperationException(text);
            if (status != NativeMethods.Done)
                throw new ImageFormatException("PNG cannot be written: " + text);
        }
        finally
        {
            foreach (var block in memory)
                Marshal.FreeHGlobal(block);
        }
    }

    // tEXt where Latin-1 says it all, zTXt where that is long, iTXt for the rest: as the package does.
    private static NativeMethods.Text ToNative(PngTextData text, int compressionThreshold, List<IntPtr> memory)
    {
        string value = text.Value ?? "";
        bool international = !string.IsNullOrEmpty(text.LanguageTag) || !string.IsNullOrEmpty(text.TranslatedKeyword)
            || value.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF');
        byte[] bytes = (international ? Encoding.UTF8 : Encoding.Latin1).GetBytes(value);
        return new NativeMethods.Text
        {
            Keyword = Copy(Encoding.Latin1.GetBytes(text.Keyword), memory),
            Value = Copy(bytes, memory),
            Length = bytes.Length,
            International = international ? 1 : 0,
            Compressed = value.Length >= compressionThreshold ? 1 : 0,
            Language = Copy(Encoding.Latin1.GetBytes(text.LanguageTag ?? ""), memory),
            Translated = Copy(Encoding.UTF8.GetBytes(text.TranslatedKeyword ?? ""), memory),
        };
    }

    private static byte* Copy(byte[] bytes, List<IntPtr> memory)
    {
        IntPtr block = Marshal.AllocHGlobal(bytes.Length + 1);
        memory.Add(block);
        Marshal.Copy(bytes, 0, block, bytes.Length);
        ((byte*)block)[bytes.Length] = 0;
        return (byte*)block;
    }
}
