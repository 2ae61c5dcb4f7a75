#include "picture.h"

#include <png.h>

#include <csetjmp>
#include <cstdlib>
#include <cstring>

namespace
{
struct writer
{
    glide_write write;
    void *stream;
    int32_t status;
    char message[200];
};

[[noreturn]] void on_error(png_structp png, png_const_charp message)
{
    auto *target = static_cast<writer *>(png_get_error_ptr(png));
    if (target->status == glide_done)
    {
        target->status = strcmp(message, "Out of memory") == 0 ? glide_no_memory : glide_invalid_content;
        copy_message(target->message, sizeof target->message, message);
    }
    longjmp(png_jmpbuf(png), 1);
}

void on_warning(png_structp, png_const_charp)
{
}

void on_write(png_structp png, png_bytep bytes, size_t count)
{
    auto *target = static_cast<writer *>(png_get_io_ptr(png));
    if (target->write(target->stream, bytes, static_cast<int64_t>(count)) == 0)
        return;
    target->status = glide_stream_failed;
    png_error(png, "the stream cannot be written");
}

void on_flush(png_structp)
{
}

int png_compression(const glide_text &text)
{
    if (text.international)
        return text.compressed ? PNG_ITXT_COMPRESSION_zTXt : PNG_ITXT_COMPRESSION_NONE;
    return text.compressed ? PNG_TEXT_COMPRESSION_zTXt : PNG_TEXT_COMPRESSION_NONE;
}

// Every local here is set before the jump target or not read after a jump.
int32_t save(writer *target, png_structp png, png_infop info, png_textp entries, uint32_t width, uint32_t height,
             int32_t channels, int32_t compression_level, const uint8_t *pixels, const glide_text *texts,
             int32_t text_count)
{
    if (setjmp(png_jmpbuf(png)))
        return target->status;
    png_set_write_fn(png, target, on_write, on_flush);
    const int color_type = channels == 1 ? PNG_COLOR_TYPE_GRAY : channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGBA;
    png_set_IHDR(png, info, width, height, 8, color_type, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, compression_level);
    for (int32_t i = 0; i < text_count; i++)
    {
        entries[i].compression = png_compression(texts[i]);
        entries[i].key = const_cast<char *>(texts[i].keyword);
        entries[i].text = const_cast<char *>(texts[i].value);
        entries[i].text_length = static_cast<size_t>(texts[i].length);
        entries[i].lang = const_cast<char *>(texts[i].language);
        entries[i].lang_key = const_cast<char *>(texts[i].translated);
    }
    if (text_count > 0)
        png_set_text(png, info, entries, text_count);
    png_write_info(png, info);
    const size_t stride = static_cast<size_t>(width) * static_cast<size_t>(channels);
    for (uint32_t y = 0; y < height; y++)
        png_write_row(png, pixels + y * stride);
    png_write_end(png, nullptr);
    return glide_done;
}
}

GLIDE_API int32_t glide_png_save(glide_write write, void *stream, uint32_t width, uint32_t height, int32_t channels,
                                 int32_t compression_level, const uint8_t *pixels, const glide_text *texts,
                                 int32_t text_count, char *message, int32_t size)
{
    writer target = {write, stream, glide_done, {}};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &target, on_error, on_warning);
    png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
    auto *entries = static_cast<png_textp>(calloc(static_cast<size_t>(text_count) + 1, sizeof(png_text)));
    int32_t status = glide_no_memory;
    copy_message(message, size, "out of memory");
    if (info != nullptr && entries != nullptr)
    {
        status = save(&target, png, info, entries, width, height, channels, compression_level, pixels, texts, text_count);
        copy_message(message, size, target.message);
    }
    free(entries);
    png_destroy_write_struct(&png, &info);
    return status;
}
