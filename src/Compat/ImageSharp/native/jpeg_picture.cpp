#include "picture.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <jpeglib.h>
#include <jerror.h>

namespace
{
constexpr int buffer_size = 64 * 1024;
// Encoders write about ten; a small file with thousands of empty scans over a large picture would decode for hours.
constexpr int most_scans = 500;
}

struct jpeg_state
{
    jpeg_decompress_struct decoder;
    jpeg_error_mgr errors;
    jpeg_source_mgr source;
    jpeg_progress_mgr progress;
    jmp_buf jump;
    bool created;
    uint8_t *exif;  // what follows "Exif\0\0" in the first such marker
    int64_t exif_length;
    uint8_t *row;
    uint8_t buffer[buffer_size];
};

namespace
{
glide_picture *picture_of(j_common_ptr decoder)
{
    return static_cast<glide_picture *>(decoder->client_data);
}

[[noreturn]] void leave(glide_picture *picture)
{
    longjmp(picture->jpeg->jump, 1);
}

[[noreturn]] void on_error(j_common_ptr decoder)
{
    glide_picture *picture = picture_of(decoder);
    if (picture->status == glide_done)
    {
        char message[JMSG_LENGTH_MAX];
        decoder->err->format_message(decoder, message);
        fail(picture, decoder->err->msg_code == JERR_OUT_OF_MEMORY ? glide_no_memory : glide_invalid_content, message);
    }
    leave(picture);
}

void on_message(j_common_ptr decoder, int level)
{
    if (level >= 0)
        return;
    // These let libjpeg go on with invented pixels; a picture with invented pixels is refused.
    switch (decoder->err->msg_code)
    {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL:
        on_error(decoder);
    default:
        break;  // stray bytes between markers, odd version numbers: the pixels are whole
    }
}

void on_print(j_common_ptr)
{
}

void on_source(j_decompress_ptr)
{
}

boolean on_fill(j_decompress_ptr decoder)
{
    glide_picture *picture = picture_of(reinterpret_cast<j_common_ptr>(decoder));
    const int64_t got = picture->read(picture->stream, picture->jpeg->buffer, buffer_size);
    if (got <= 0)
    {
        if (got < 0)
            fail(picture, glide_stream_failed, "the stream cannot be read");
        else
            fail(picture, glide_invalid_content, "the file ends early");
        leave(picture);
    }
    decoder->src->next_input_byte = picture->jpeg->buffer;
    decoder->src->bytes_in_buffer = static_cast<size_t>(got);
    return TRUE;
}

void on_skip(j_decompress_ptr decoder, long count)
{
    while (count > static_cast<long>(decoder->src->bytes_in_buffer))
    {
        count -= static_cast<long>(decoder->src->bytes_in_buffer);
        on_fill(decoder);
    }
    if (count > 0)
    {
        decoder->src->next_input_byte += count;
        decoder->src->bytes_in_buffer -= static_cast<size_t>(count);
    }
}

void on_progress(j_common_ptr decoder)
{
    auto *state = reinterpret_cast<j_decompress_ptr>(decoder);
    if (state->input_scan_number <= most_scans)
        return;
    glide_picture *picture = picture_of(decoder);
    fail(picture, glide_invalid_content, "more than 500 scans");
    leave(picture);
}

int next_byte(j_decompress_ptr decoder)
{
    if (decoder->src->bytes_in_buffer == 0)
        decoder->src->fill_input_buffer(decoder);
    decoder->src->bytes_in_buffer--;
    return *decoder->src->next_input_byte++;
}

// Keeps the first EXIF block and nothing else, so that a file of a million markers needs no memory.
boolean on_app1(j_decompress_ptr decoder)
{
    jpeg_state *state = picture_of(reinterpret_cast<j_common_ptr>(decoder))->jpeg;
    int length = next_byte(decoder) << 8;
    length |= next_byte(decoder);
    length -= 2;
    static const uint8_t exif_start[6] = {'E', 'x', 'i', 'f', 0, 0};
    uint8_t start[6];
    int taken = 0;
    while (taken < 6 && taken < length)
        start[taken++] = static_cast<uint8_t>(next_byte(decoder));
    if (taken == 6 && length > 6 && state->exif == nullptr && memcmp(start, exif_start, 6) == 0)
    {
        state->exif = static_cast<uint8_t *>(malloc(static_cast<size_t>(length - 6)));
        if (state->exif != nullptr)
        {
            for (; taken < length; taken++)
                state->exif[taken - 6] = static_cast<uint8_t>(next_byte(decoder));
            state->exif_length = length - 6;
        }
    }
    if (length > taken)
        on_skip(decoder, length - taken);
    return TRUE;
}

// Adobe's programs, and everybody after them, store CMYK inverted: 255 is no ink.
void cmyk_to_rgb(const uint8_t *inks, uint8_t *pixels, uint32_t width, int32_t channels)
{
    for (uint32_t x = 0; x < width; x++, inks += 4, pixels += channels)
        for (int c = 0; c < 3; c++)
        {
            const int product = inks[c] * inks[3] + 128;
            pixels[c] = static_cast<uint8_t>(((product >> 8) + product) >> 8);  // rounded product / 255
        }
}

void widen(const uint8_t *rgb, uint8_t *pixels, uint32_t width, int32_t channels)
{
    for (uint32_t x = 0; x < width; x++)
        memcpy(pixels + static_cast<size_t>(x) * static_cast<size_t>(channels), rgb + static_cast<size_t>(x) * 3, 3);
}
}

int32_t open_jpeg(glide_picture *picture)
{
    auto *state = static_cast<jpeg_state *>(calloc(1, sizeof(jpeg_state)));
    if (state == nullptr)
    {
        fail(picture, glide_no_memory, "out of memory");
        return glide_no_memory;
    }
    picture->jpeg = state;
    j_decompress_ptr decoder = &state->decoder;
    decoder->err = jpeg_std_error(&state->errors);
    state->errors.error_exit = on_error;
    state->errors.emit_message = on_message;
    state->errors.output_message = on_print;
    decoder->client_data = picture;
    if (setjmp(state->jump))
        return picture->status;

    jpeg_create_decompress(decoder);
    state->created = true;
    decoder->client_data = picture;
    state->source.init_source = on_source;
    state->source.fill_input_buffer = on_fill;
    state->source.skip_input_data = on_skip;
    state->source.resync_to_restart = jpeg_resync_to_restart;
    state->source.term_source = on_source;
    memcpy(state->buffer, picture->start, static_cast<size_t>(picture->start_count));
    state->source.next_input_byte = state->buffer;
    state->source.bytes_in_buffer = static_cast<size_t>(picture->start_count);
    decoder->src = &state->source;
    state->progress.progress_monitor = on_progress;
    decoder->progress = &state->progress;
    jpeg_set_marker_processor(decoder, JPEG_APP0 + 1, on_app1);
    jpeg_read_header(decoder, TRUE);

    glide_header *header = &picture->header;
    header->width = decoder->image_width;
    header->height = decoder->image_height;
    header->bit_depth = decoder->data_precision;
    header->bits_per_pixel = decoder->data_precision * decoder->num_components;
    return glide_done;
}

int32_t read_jpeg(glide_picture *picture, uint8_t *pixels, int32_t channels)
{
    jpeg_state *state = picture->jpeg;
    j_decompress_ptr decoder = &state->decoder;
    if (setjmp(state->jump))
        return picture->status;

    const bool inks = decoder->jpeg_color_space == JCS_CMYK || decoder->jpeg_color_space == JCS_YCCK;
    decoder->out_color_space = inks ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(decoder);
    const size_t stride = static_cast<size_t>(decoder->output_width) * static_cast<size_t>(channels);
    if (channels == 4)
        memset(pixels, 0xFF, stride * decoder->output_height);
    if (inks || channels == 4)
    {
        state->row = static_cast<uint8_t *>(malloc(static_cast<size_t>(decoder->output_width) * 4));
        if (state->row == nullptr)
        {
            fail(picture, glide_no_memory, "out of memory");
            leave(picture);
        }
    }
    while (decoder->output_scanline < decoder->output_height)
    {
        uint8_t *target = pixels + decoder->output_scanline * stride;
        JSAMPROW row = state->row != nullptr ? state->row : target;
        if (jpeg_read_scanlines(decoder, &row, 1) != 1)
        {
            fail(picture, glide_invalid_content, "the file ends early");
            leave(picture);
        }
        if (inks)
            cmyk_to_rgb(state->row, target, decoder->output_width, channels);
        else if (channels == 4)
            widen(state->row, target, decoder->output_width, channels);
    }
    jpeg_finish_decompress(decoder);
    return glide_done;
}

const uint8_t *jpeg_exif(const glide_picture *picture, int64_t *length)
{
    *length = picture->jpeg->exif_length;
    return picture->jpeg->exif;
}

void close_jpeg(glide_picture *picture)
{
    jpeg_state *state = picture->jpeg;
    if (state == nullptr)
        return;
    if (state->created)
        jpeg_destroy_decompress(&state->decoder);
    free(state->exif);
    free(state->row);
    free(state);
    picture->jpeg = nullptr;
}
