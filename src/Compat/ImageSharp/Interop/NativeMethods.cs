using System.Runtime.InteropServices;

namespace SixLabors.ImageSharp.Interop;

/// <summary>The functions of libglide_image; see native/glide_image.h.</summary>
internal static unsafe partial class NativeMethods
{
    internal const int Done = 0;
    internal const int UnknownFormat = 1;
    internal const int InvalidContent = 2;
    internal const int StreamFailed = 3;
    internal const int NoMemory = 4;
    internal const int FormatPng = 1;

    private const string Library = "glide_image";

    [LibraryImport(Library, EntryPoint = "glide_image_open")]
    internal static partial int Open(
        delegate* unmanaged<IntPtr, byte*, long, long> read, IntPtr stream, int skipPixels, out IntPtr picture, byte* message, int size);

    [LibraryImport(Library, EntryPoint = "glide_image_header")]
    internal static partial void GetHeader(IntPtr picture, out Header header);

    [LibraryImport(Library, EntryPoint = "glide_image_pixels")]
    internal static partial int ReadPixels(IntPtr picture, byte* pixels, int channels, byte* message, int size);

    [LibraryImport(Library, EntryPoint = "glide_image_text_count")]
    internal static partial int GetTextCount(IntPtr picture);

    [LibraryImport(Library, EntryPoint = "glide_image_text")]
    internal static partial void GetText(IntPtr picture, int index, out Text text);

    [LibraryImport(Library, EntryPoint = "glide_image_exif")]
    internal static partial byte* GetExif(IntPtr picture, out long length);

    [LibraryImport(Library, EntryPoint = "glide_image_close")]
    internal static partial void Close(IntPtr picture);

    [LibraryImport(Library, EntryPoint = "glide_png_save")]
    internal static partial int SavePng(
        delegate* unmanaged<IntPtr, byte*, long, int> write, IntPtr stream, uint width, uint height, int channels,
        int compressionLevel, byte* pixels, Text* texts, int textCount, byte* message, int size);

    [StructLayout(LayoutKind.Sequential)]
    internal struct Header
    {
        public int Format;
        public uint Width;
        public uint Height;
        public int BitsPerPixel;
        public int BitDepth;
        public int PngColorType;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Text
    {
        public byte* Keyword;
        public byte* Value;
        public long Length;
        public int International;
        public int Compressed;
        public byte* Language;
        public byte* Translated;
    }
}
