// The plain C door to libpng and libjpeg-turbo.
//
// Both libraries report errors by longjmp. Every function that calls them sets its jump target itself and
// keeps no object with a destructor on its stack; nothing is ever thrown or jumped through the caller's frames,
// and neither library writes a word to stderr. A picture is used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#define GLIDE_API extern "C" __attribute__((visibility("default")))

constexpr int32_t glide_done = 0;
constexpr int32_t glide_unknown_format = 1;   // neither a PNG's nor a JPEG's first bytes
constexpr int32_t glide_invalid_content = 2;  // cut, corrupt, or of a kind that the library does not decode
constexpr int32_t glide_stream_failed = 3;    // the caller's read or write said so
constexpr int32_t glide_no_memory = 4;

constexpr int32_t glide_png = 1;
constexpr int32_t glide_jpeg = 2;

// Fills buffer with up to count bytes; returns how many, 0 at the end, -1 when reading failed.
using glide_read = int64_t (*)(void *stream, uint8_t *buffer, int64_t count);
// Takes all count bytes and returns 0, or -1 when writing failed.
using glide_write = int32_t (*)(void *stream, const uint8_t *bytes, int64_t count);

struct glide_header
{
    int32_t format;          // glide_png, glide_jpeg
    uint32_t width, height;  // as stored, before any EXIF orientation
    int32_t bits_per_pixel;
    int32_t bit_depth;       // per channel or palette index
    int32_t png_color_type;  // PNG's own number (0, 2, 3, 4, 6); 0 for JPEG
};

struct glide_text
{
    const char *keyword;  // Latin-1, ends with NUL
    const char *value;    // length bytes: UTF-8 where international is 1, else Latin-1
    int64_t length;
    int32_t international;
    int32_t compressed;
    const char *language;    // never null
    const char *translated;  // UTF-8, never null
};

struct glide_picture;

// Reads up to the pixels. On failure *picture is null and message holds why. With skip_pixels a PNG is read to its end,
// for the texts behind the pixels, which then cannot be had; damage behind a sound header is left to the next reader.
GLIDE_API int32_t glide_image_open(glide_read read, void *stream, int32_t skip_pixels, glide_picture **picture,
                                   char *message, int32_t size);
GLIDE_API void glide_image_header(const glide_picture *picture, glide_header *header);
// Reads all pixels as 8-bit RGB (channels 3) or RGBA (4), rows without gaps, and what stands behind them.
GLIDE_API int32_t glide_image_pixels(glide_picture *picture, uint8_t *pixels, int32_t channels, char *message, int32_t size);
GLIDE_API int32_t glide_image_text_count(const glide_picture *picture);
GLIDE_API void glide_image_text(const glide_picture *picture, int32_t index, glide_text *text);
// The EXIF block from its byte-order mark on, or null. Belongs to the picture.
GLIDE_API const uint8_t *glide_image_exif(const glide_picture *picture, int64_t *length);
GLIDE_API void glide_image_close(glide_picture *picture);

// Writes an 8-bit PNG with channels 1 (grey), 3 (RGB) or 4 (RGBA), its texts in front of the pixels.
GLIDE_API int32_t glide_png_save(glide_write write, void *stream, uint32_t width, uint32_t height, int32_t channels,
                                 int32_t compression_level, const uint8_t *pixels, const glide_text *texts,
                                 int32_t text_count, char *message, int32_t size);
