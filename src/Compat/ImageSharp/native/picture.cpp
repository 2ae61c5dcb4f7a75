#include "picture.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

int64_t read_fully(glide_picture *picture, uint8_t *buffer, int64_t count)
{
    int64_t done = 0;
    while (done < count)
    {
        const int64_t got = picture->read(picture->stream, buffer + done, count - done);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += got;
    }
    return done;
}

void fail(glide_picture *picture, int32_t status, const char *message)
{
    picture->status = status;
    copy_message(picture->message, sizeof picture->message, message);
}

void copy_message(char *destination, int32_t size, const char *message)
{
    if (destination != nullptr && size > 0)
        snprintf(destination, static_cast<size_t>(size), "%s", message);
}

GLIDE_API int32_t glide_image_open(glide_read read, void *stream, int32_t skip_pixels, glide_picture **result,
                                   char *message, int32_t size)
{
    *result = nullptr;
    auto *picture = static_cast<glide_picture *>(calloc(1, sizeof(glide_picture)));
    if (picture == nullptr)
    {
        copy_message(message, size, "out of memory");
        return glide_no_memory;
    }
    picture->read = read;
    picture->stream = stream;

    static const uint8_t png_start[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    const int64_t got = read_fully(picture, picture->start, sizeof picture->start);
    picture->start_count = got < 0 ? 0 : static_cast<int32_t>(got);
    int32_t status;
    if (got < 0)
    {
        fail(picture, glide_stream_failed, "the stream cannot be read");
        status = glide_stream_failed;
    }
    else if (got == 8 && memcmp(picture->start, png_start, 8) == 0)
    {
        picture->header.format = glide_png;
        status = open_png(picture, skip_pixels != 0);
    }
    else if (got >= 3 && picture->start[0] == 0xFF && picture->start[1] == 0xD8 && picture->start[2] == 0xFF)
    {
        picture->header.format = glide_jpeg;
        status = open_jpeg(picture);
    }
    else
    {
        fail(picture, glide_unknown_format, "neither PNG nor JPEG");
        status = glide_unknown_format;
    }

    if (status != glide_done)
    {
        copy_message(message, size, picture->message);
        glide_image_close(picture);
        return status;
    }
    *result = picture;
    return glide_done;
}

GLIDE_API void glide_image_header(const glide_picture *picture, glide_header *header)
{
    *header = picture->header;
}

GLIDE_API int32_t glide_image_pixels(glide_picture *picture, uint8_t *pixels, int32_t channels, char *message, int32_t size)
{
    const int32_t status = picture->header.format == glide_png ? read_png(picture, pixels, channels)
                                                               : read_jpeg(picture, pixels, channels);
    if (status != glide_done)
        copy_message(message, size, picture->message);
    return status;
}

GLIDE_API int32_t glide_image_text_count(const glide_picture *picture)
{
    return picture->header.format == glide_png ? png_text_count(picture) : 0;
}

GLIDE_API void glide_image_text(const glide_picture *picture, int32_t index, glide_text *text)
{
    png_text_at(picture, index, text);
}

GLIDE_API const uint8_t *glide_image_exif(const glide_picture *picture, int64_t *length)
{
    return picture->header.format == glide_png ? png_exif(picture, length) : jpeg_exif(picture, length);
}

GLIDE_API void glide_image_close(glide_picture *picture)
{
    if (picture == nullptr)
        return;
    close_png(picture);
    close_jpeg(picture);
    free(picture);
}
