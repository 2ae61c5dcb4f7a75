#include "picture.h"

#include <png.h>

#include <csetjmp>
#include <cstdlib>
#include <cstring>

struct png_state
{
    png_structp png;
    png_infop info;
    png_infop end;  // what stands behind the pixels
    bool damaged;   // a warning about the pixels' stream, such as a wrong Adler sum

    // Where the pixels are left out: libpng is given the file without its IDAT chunks.
    uint8_t chunk_start[8];  // length and name
    int64_t start_left;      // of these still to give
    int64_t body_left;       // of the chunk's data and CRC still to give
};

namespace
{
glide_picture *picture_of(png_structp png)
{
    return static_cast<glide_picture *>(png_get_error_ptr(png));
}

[[noreturn]] void on_error(png_structp png, png_const_charp message)
{
    glide_picture *picture = picture_of(png);
    if (picture->status == glide_done)
        fail(picture, strcmp(message, "Out of memory") == 0 ? glide_no_memory : glide_invalid_content, message);
    longjmp(png_jmpbuf(png), 1);
}

void on_warning(png_structp png, png_const_charp message)
{
    // libpng shows the pixels of a stream whose check sum is wrong and only warns. Bytes beyond a whole picture
    // are harmless, as is everything in ancillary chunks.
    glide_picture *picture = picture_of(png);
    if (strncmp(message, "IDAT: ", 6) != 0 || strstr(message, "Too much") != nullptr ||
        strstr(message, "Extra") != nullptr || picture->png == nullptr)
        return;
    if (!picture->png->damaged)
        copy_message(picture->message, sizeof picture->message, message);
    picture->png->damaged = true;
}

void read_or_fail(png_structp png, uint8_t *bytes, int64_t count)
{
    auto *picture = static_cast<glide_picture *>(png_get_io_ptr(png));
    const int64_t got = read_fully(picture, bytes, count);
    if (got == count)
        return;
    if (got < 0)
        fail(picture, glide_stream_failed, "the stream cannot be read");
    else
        fail(picture, glide_invalid_content, "the file ends early");
    png_error(png, "the file ends early");
}

void on_read(png_structp png, png_bytep bytes, size_t count)
{
    read_or_fail(png, bytes, static_cast<int64_t>(count));
}

// libpng cannot leave out IDAT without inflating it or keeping it in memory.
void on_read_without_pixels(png_structp png, png_bytep bytes, size_t wanted)
{
    png_state *state = picture_of(png)->png;
    auto count = static_cast<int64_t>(wanted);
    while (count > 0)
    {
        if (state->start_left > 0)
        {
            const int64_t part = count < state->start_left ? count : state->start_left;
            memcpy(bytes, state->chunk_start + 8 - state->start_left, static_cast<size_t>(part));
            state->start_left -= part;
            bytes += part;
            count -= part;
        }
        else if (state->body_left > 0)
        {
            const int64_t part = count < state->body_left ? count : state->body_left;
            read_or_fail(png, bytes, part);
            state->body_left -= part;
            bytes += part;
            count -= part;
        }
        else
        {
            read_or_fail(png, state->chunk_start, 8);
            state->body_left = static_cast<int64_t>(png_get_uint_32(state->chunk_start)) + 4;
            if (memcmp(state->chunk_start + 4, "IDAT", 4) != 0)
            {
                state->start_left = 8;
                continue;
            }
            uint8_t skipped[4096];
            for (; state->body_left > 0; state->body_left -= static_cast<int64_t>(sizeof skipped))
                read_or_fail(png, skipped, state->body_left < static_cast<int64_t>(sizeof skipped)
                                               ? state->body_left
                                               : static_cast<int64_t>(sizeof skipped));
            state->body_left = 0;
        }
    }
}

int32_t failure(const glide_picture *picture)
{
    return picture->status == glide_done ? glide_invalid_content : picture->status;
}

void take_header(glide_picture *picture)
{
    const png_state *state = picture->png;
    glide_header *header = &picture->header;
    header->width = png_get_image_width(state->png, state->info);
    header->height = png_get_image_height(state->png, state->info);
    header->bit_depth = png_get_bit_depth(state->png, state->info);
    header->png_color_type = png_get_color_type(state->png, state->info);
    header->bits_per_pixel = header->bit_depth * png_get_channels(state->png, state->info);
}
}

int32_t open_png(glide_picture *picture, bool skip_pixels)
{
    auto *state = static_cast<png_state *>(calloc(1, sizeof(png_state)));
    if (state == nullptr)
    {
        fail(picture, glide_no_memory, "out of memory");
        return glide_no_memory;
    }
    picture->png = state;
    state->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, picture, on_error, on_warning);
    if (state->png != nullptr)
    {
        state->info = png_create_info_struct(state->png);
        state->end = png_create_info_struct(state->png);
    }
    if (state->info == nullptr || state->end == nullptr)
    {
        fail(picture, glide_no_memory, "out of memory");
        return glide_no_memory;
    }
    if (setjmp(png_jmpbuf(state->png)))
    {
        // Without pixels libpng always ends here, at IEND: by then it has read every text.
        const bool header_known = png_get_image_width(state->png, state->info) != 0;
        if (!skip_pixels || !header_known || picture->status == glide_stream_failed)
            return failure(picture);
        picture->status = glide_done;
        take_header(picture);
        return glide_done;
    }

    png_set_read_fn(state->png, picture, skip_pixels ? on_read_without_pixels : on_read);
    png_set_sig_bytes(state->png, 8);
    // Sizes are the caller's to judge: it gets them before anything is allocated for pixels.
    png_set_user_limits(state->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    // Longer texts are left out, and so are those behind some sixty: a small file may inflate to gigabytes.
    png_set_chunk_malloc_max(state->png, 1u << 20);
    png_set_chunk_cache_max(state->png, 64);
    png_read_info(state->png, state->info);
    take_header(picture);
    return glide_done;
}

int32_t read_png(glide_picture *picture, uint8_t *pixels, int32_t channels)
{
    png_state *state = picture->png;
    png_structp png = state->png;
    if (setjmp(png_jmpbuf(png)))
        return failure(picture);

    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    if (channels == 4)
        png_set_add_alpha(png, 0xFF, PNG_FILLER_AFTER);
    else
        png_set_strip_alpha(png);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, state->info);
    const size_t stride = static_cast<size_t>(picture->header.width) * static_cast<size_t>(channels);
    if (png_get_rowbytes(png, state->info) != stride)
        png_error(png, "rows of an unexpected length");

    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < picture->header.height; y++)
            png_read_row(png, pixels + y * stride, nullptr);
    png_read_end(png, state->end);
    if (state->damaged)
    {
        picture->status = glide_invalid_content;
        return glide_invalid_content;
    }
    return glide_done;
}

void close_png(glide_picture *picture)
{
    png_state *state = picture->png;
    if (state == nullptr)
        return;
    if (state->png != nullptr)
        png_destroy_read_struct(&state->png, &state->info, &state->end);
    free(state);
    picture->png = nullptr;
}

int32_t png_text_count(const glide_picture *picture)
{
    const png_state *state = picture->png;
    return png_get_text(state->png, state->info, nullptr, nullptr) + png_get_text(state->png, state->end, nullptr, nullptr);
}

void png_text_at(const glide_picture *picture, int32_t index, glide_text *text)
{
    const png_state *state = picture->png;
    png_textp found = nullptr;
    const int in_front = png_get_text(state->png, state->info, &found, nullptr);
    if (index >= in_front)
    {
        png_get_text(state->png, state->end, &found, nullptr);
        index -= in_front;
    }
    const png_text &entry = found[index];
    text->international = entry.compression >= PNG_ITXT_COMPRESSION_NONE;
    text->compressed = entry.compression == PNG_TEXT_COMPRESSION_zTXt || entry.compression == PNG_ITXT_COMPRESSION_zTXt;
    text->keyword = entry.key;
    text->value = entry.text == nullptr ? "" : entry.text;
    text->length = static_cast<int64_t>(text->international ? entry.itxt_length : entry.text_length);
    text->language = entry.lang == nullptr ? "" : entry.lang;
    text->translated = entry.lang_key == nullptr ? "" : entry.lang_key;
}

const uint8_t *png_exif(const glide_picture *picture, int64_t *length)
{
    *length = 0;
#ifdef PNG_eXIf_SUPPORTED
    const png_state *state = picture->png;
    png_bytep bytes = nullptr;
    png_uint_32 count = 0;
    if (png_get_eXIf_1(state->png, state->info, &count, &bytes) == 0 &&
        png_get_eXIf_1(state->png, state->end, &count, &bytes) == 0)
        return nullptr;
    *length = count;
    return bytes;
#else
    (void)picture;
    return nullptr;
#endif
}
